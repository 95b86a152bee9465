// Asks Caro before each command. Made by `caro agent install opencode`.
import { spawn } from "node:child_process"

const HOOK = "%c"

// How the hook ended: { status, told }. Whatever goes wrong with it, the command goes on: `caro doctor` tells.
function ask(call) {
  return new Promise((done) => {
    const hook = spawn("/bin/sh", ["-c", HOOK], { timeout: 10000, stdio: ["pipe", "pipe", "pipe"] })
    let told = ""
    hook.stderr.on("data", (part) => (told += part))
    hook.stdout.resume()
    hook.stdin.on("error", () => {})
    hook.on("error", () => done({ status: 1, told }))
    hook.on("close", (status) => done({ status, told }))
    hook.stdin.end(JSON.stringify(call))
  })
}

export const Caro = async ({ directory }) => {
  const call = (event, input, args) => ({
    hook_event_name: event,
    session_id: input.sessionID,
    cwd: args.workdir || directory,
    tool_input: { command: args.command },
  })
  const isCommand = (input, args) => input.tool === "bash" && typeof args?.command === "string"
  return {
    "tool.execute.before": async (input, output) => {
      if (!isCommand(input, output.args)) return
      const { status, told } = await ask(call("tool.execute.before", input, output.args))
      if (status === 2) throw new Error(told.trim())
    },
    "tool.execute.after": async (input, output) => {
      if (!isCommand(input, input.args)) return
      const exit_code = output.metadata?.exit
      await ask({ ...call("tool.execute.after", input, input.args), output: output.output, exit_code })
    },
  }
}
