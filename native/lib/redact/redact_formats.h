/* Formats that only their whole text tells. */
#ifndef CARO_REDACT_FORMATS_H
#define CARO_REDACT_FORMATS_H

#include "lib/redact/redact_marks.h"

/* cloud-init's `chpasswd:`, QEMU's `secret,id=`, a QR code's `WIFI:`, and what a tool types by its comment. */
void scan_formats(struct marks *marks);

#endif
