/* Which of the held bytes are a secret. */
#ifndef CARO_RELAY_SECRETS_H
#define CARO_RELAY_SECRETS_H

#include "lib/base/runtime_conf.h"
#include "relay/held.h"

/* Hide every held byte that belongs to a secret, as it stands in the stream, as it was typed behind a prompt, and as it
 * stands on a screen of this size in the end. A private key is hidden from line to line until its last one. */
void hide_secrets(const struct runtime_conf *conf, struct held *held, int rows, int columns);

#endif
