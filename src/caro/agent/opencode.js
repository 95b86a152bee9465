// Asks Caro before each command and each file that is read or written. Made by `caro agent install opencode`.
import { spawn } from "node:child_process"

const HOOK = "%c"
const TOOLS = ["bash", "write", "edit", "multiedit", "patch", "apply_patch", "read", "grep"]
const SERVED = /[_.:-](?:%m)$/ // of MCP servers
const REFUSED = 2

// How the hook ended: { status, told }. A hook that can't be run has no status.
function ask(call) {
  return new Promise((done) => {
    const hook = spawn("/bin/sh", ["-c", HOOK], { timeout: 10000, stdio: ["pipe", "pipe", "pipe"] })
    let told = ""
    hook.stderr.on("data", (part) => (told += part))
    hook.stdout.resume()
    hook.stdin.on("error", () => {})
    hook.on("error", (error) => done({ status: null, told: String(error) }))
    hook.on("close", (status) => done({ status, told }))
    hook.stdin.end(JSON.stringify(call))
  })
}

// A call that nobody judged does not run: the hook's own failure is one.
function refusal({ status, told }) {
  if (status === 0) return ""
  if (status === REFUSED) return told.trim()
  return `caro: nobody has judged this call: its hook failed (${told.trim().slice(0, 200) || status}): see caro doctor`
}

export const Caro = async ({ directory }) => {
  const call = (event, input, args) => ({
    hook_event_name: event,
    session_id: input.sessionID,
    cwd: args?.workdir || directory,
    tool_name: input.tool,
    tool_input: args,
  })
  return {
    "tool.execute.before": async (input, output) => {
      if (!TOOLS.includes(input.tool) && !SERVED.test(input.tool)) return
      const why = refusal(await ask(call("tool.execute.before", input, output.args)))
      if (why) throw new Error(why)
    },
    "tool.execute.after": async (input, output) => {
      if (input.tool !== "bash") return
      const exit_code = output.metadata?.exit
      await ask({ ...call("tool.execute.after", input, input.args), output: output.output, exit_code })
    },
  }
}
