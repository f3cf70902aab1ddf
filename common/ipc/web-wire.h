/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vmm hands the display process for a console in a browser: the files of the page, in one
 * sealed memfd, host byte order. Numbers, layouts and limits only.
 *
 *   WebPagesHead, then `count` of WebPagesEntry sorted by path, then the files' bytes.
 */
#pragma once

#include <glib.h>

#define WEB_PAGES_MAGIC 0x31505756u /* "VWP1" */
#define WEB_PAGES_COUNT_MAX 256u
#define WEB_PAGES_FILE_BYTES_MAX (1u << 20)
#define WEB_PAGES_BYTES_MAX (8u << 20) /* all together */
#define WEB_PATH_BYTES 96u             /* with a NUL at least */

typedef struct
{
  guint32 magic;
  guint32 count;
} WebPagesHead;

typedef struct
{
  char path[WEB_PATH_BYTES]; /* "/novnc/core/rfb.js", NUL to the end */
  guint32 offset;            /* from the beginning of the memory */
  guint32 size;
} WebPagesEntry;

/* The token of a link, as it stands behind the "#" of its address: characters of base64url, 132
 * bits of the kernel's randomness. The page logs in with it in place of the password, by this name
 * (VeNCrypt Plain). The display process knows its SHA-256 only. */
#define WEB_TOKEN_CHARACTERS 22u
#define WEB_TOKEN_USER "link"
#define WEB_TOKEN_SECONDS 600u
/* Not yet used, of one share; one more, and the oldest is void. */
#define WEB_TOKENS_MAX 8u
