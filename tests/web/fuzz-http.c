/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a browser asks for: whatever comes, the parser takes a request within its limits, waits or
 * gives up, and what it takes can be judged and answered.
 */
#include "web/http-answer.h"
#include "web/web-rules.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const WebDoor door = { .address.ss_family = AF_INET, .name = "host" };
  HttpRequest request;
  HttpStatus status = 0;
  gsize used = 0;
  ParseResult result = http_parse_request (data, size, &request, &used, &status);
  g_autoptr (GByteArray) answer = g_byte_array_new ();

  if (result == PARSE_BAD)
    {
      g_assert_cmpint (status, >=, HTTP_BAD_REQUEST);
      http_answer_refusal (answer, status, TRUE);
      return 0;
    }
  if (result == PARSE_NEED_MORE)
    {
      g_assert_cmpuint (size, <, HTTP_HEAD_MAX);
      return 0;
    }
  g_assert_cmpuint (used, <=, MIN (size, HTTP_HEAD_MAX));
  g_assert_cmpint (request.path[0], ==, '/');
  g_assert_null (strstr (request.path, ".."));
  g_assert_cmpint (request.host.name[0], !=, '\0');
  if (web_rules_host (&door, &request.host))
    web_rules_origin (&door, &request);
  if (request.upgrades)
    {
      g_assert_cmpuint (strlen (request.key), ==, HTTP_KEY_BYTES);
      http_answer_upgrade (answer, request.key);
    }
  else
    http_answer_page (answer, http_answer_type (request.path), 1, &request.host, TRUE);
  g_assert_null (memchr (answer->data, '\0', answer->len));
  return 0;
}
