/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * As much of HTTP/1.1 (RFC 9110, 9112) as our page needs: limits and numbers only. There are no
 * bodies, no queries, no pipelining and no ranges.
 */
#pragma once

#define HTTP_HEAD_MAX 8192u /* request line and fields */
#define HTTP_FIELDS_MAX 64u
#define HTTP_PATH_MAX 95u
#define HTTP_NAME_MAX 253u /* of a host: RFC 1035 */
#define HTTP_KEY_BYTES 24u /* Sec-WebSocket-Key: 16 bytes in base64 */

typedef enum
{
  HTTP_SWITCHING = 101,
  HTTP_OK = 200,
  HTTP_BAD_REQUEST = 400,
  HTTP_FORBIDDEN = 403,
  HTTP_NOT_FOUND = 404,
  HTTP_NO_METHOD = 405,
  HTTP_TOO_LARGE = 413,
  HTTP_MISDIRECTED = 421,
  HTTP_UPGRADE_NEEDED = 426,
  HTTP_FIELDS_TOO_LARGE = 431,
  HTTP_NO_VERSION = 505,
} HttpStatus;
