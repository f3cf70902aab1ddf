/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Serves the page. Runs in vitrine-display on the main loop. Must never wait for the browser, serve
 * anything under a name that is not ours, or answer a request before the last answer has left.
 */
#include "web-visitor.h"

#include "web/http-answer.h"
#include "web/web-rules.h"
#include "web/web-socket.h"

#include <string.h>

#define READ_BYTES 4096u

struct _WebVisitor
{
  const WebVisitorHost *host; /* borrowed */
  WebCaller caller;
  gint64 came_at; /* monotonic */
  WebDoor door;
  Stream *stream;    /* owned */
  GByteArray *input; /* of one request, not yet whole */
  guint request_timer;
  guint visit_timer;
  guint n_requests;
  gboolean secured;
  gboolean leaving; /* once what was sent has left */
  LinkWhy why;      /* then */
};

static void
leave (WebVisitor *visitor, LinkWhy why)
{
  visitor->host->gone (visitor, why, visitor->host->user_data);
}

/* --- Time limits --- */

/* Browsers keep connections ready of which they make no use. */
static LinkWhy
why_late (WebVisitor *visitor)
{
  return visitor->input->len > 0 || !visitor->secured ? LINK_WHY_TIMEOUT : LINK_WHY_NONE;
}

static gboolean
on_request_timer (gpointer user_data)
{
  WebVisitor *visitor = user_data;

  visitor->request_timer = 0;
  leave (visitor, why_late (visitor));
  return G_SOURCE_REMOVE;
}

static gboolean
on_visit_timer (gpointer user_data)
{
  WebVisitor *visitor = user_data;

  visitor->visit_timer = 0;
  leave (visitor, why_late (visitor));
  return G_SOURCE_REMOVE;
}

static void
expect_request (WebVisitor *visitor)
{
  g_clear_handle_id (&visitor->request_timer, g_source_remove);
  visitor->request_timer = g_timeout_add_seconds (WEB_REQUEST_SECONDS, on_request_timer, visitor);
}

/* --- Answers --- */

/* FALSE, since the visitor may be gone. */
static gboolean
end_answer (WebVisitor *visitor)
{
  if (stream_is_broken (visitor->stream))
    return FALSE;
  if (!stream_is_drained (visitor->stream))
    {
      g_clear_handle_id (&visitor->request_timer, g_source_remove); /* the stream has its own */
      if (!visitor->leaving)
        stream_pause (visitor->stream);
      return FALSE;
    }
  if (visitor->leaving)
    leave (visitor, visitor->why);
  else
    expect_request (visitor);
  return FALSE;
}

static gboolean
refuse (WebVisitor *visitor, HttpStatus status, gboolean has_body, LinkWhy why)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();

  http_answer_refusal (answer, status, has_body);
  stream_send (visitor->stream, answer->data, answer->len);
  visitor->leaving = TRUE;
  visitor->why = why;
  return end_answer (visitor);
}

static gboolean
send_file (WebVisitor *visitor, const HttpRequest *request, const guint8 *data, gsize size)
{
  const char *type = http_answer_type (request->path[1] != '\0' ? request->path : ".html");
  g_autoptr (GByteArray) head = g_byte_array_new ();

  http_answer_page (head, type, size, &request->host, visitor->door.tls);
  stream_send (visitor->stream, head->data, head->len);
  if (request->method == HTTP_GET)
    stream_send (visitor->stream, data, size);
  visitor->leaving = request->closes || ++visitor->n_requests >= WEB_REQUESTS_MAX;
  return end_answer (visitor);
}

static gboolean
upgrade (WebVisitor *visitor, const HttpRequest *request)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  Stream *stream = g_steal_pointer (&visitor->stream);

  http_answer_upgrade (answer, request->key);
  stream_send (stream, answer->data, answer->len);
  web_socket_wrap (stream);
  visitor->host->upgraded (visitor, stream, visitor->host->user_data);
  return FALSE;
}

/* --- Requests --- */

static gboolean
take_request (WebVisitor *visitor, const HttpRequest *request)
{
  gboolean is_get = request->method == HTTP_GET;
  gboolean is_socket = strcmp (request->path, WEB_SOCKET_PATH) == 0;
  const char *path = request->path[1] != '\0' ? request->path : "/index.html";
  const guint8 *data;
  gsize size;

  if (!web_rules_host (&visitor->door, &request->host))
    return refuse (visitor, HTTP_MISDIRECTED, is_get, LINK_WHY_PROTOCOL);
  if ((request->has_origin || request->upgrades) && !web_rules_origin (&visitor->door, request))
    return refuse (visitor, HTTP_FORBIDDEN, is_get, LINK_WHY_PROTOCOL);
  if (request->upgrades != is_socket)
    return refuse (visitor, is_socket ? HTTP_UPGRADE_NEEDED : HTTP_NOT_FOUND, is_get,
                   LINK_WHY_NONE);
  if (is_socket)
    return upgrade (visitor, request);
  if (strcmp (path, WEB_SHARE_PATH) == 0)
    {
      const char *about = visitor->host->about (visitor->host->user_data);

      return send_file (visitor, request, (const guint8 *) about, strlen (about));
    }
  data = pages_get (visitor->host->pages, path, &size);
  if (data == NULL)
    return refuse (visitor, HTTP_NOT_FOUND, is_get, LINK_WHY_NONE);
  return send_file (visitor, request, data, size);
}

/* FALSE if no more is to be read for now, or the visitor is gone. */
static gboolean
take_input (WebVisitor *visitor)
{
  HttpRequest request;
  HttpStatus status;
  gsize used = 0;

  switch (http_parse_request (visitor->input->data, visitor->input->len, &request, &used, &status))
    {
    case PARSE_NEED_MORE:
      return TRUE;
    case PARSE_BAD:
      return refuse (visitor, status, TRUE, LINK_WHY_PROTOCOL);
    default:
      break;
    }
  /* No browser says more before it has its answer; ahead of a WebSocket it would be somebody
   * else's words in the console. */
  if (used < visitor->input->len)
    return refuse (visitor, HTTP_BAD_REQUEST, TRUE, LINK_WHY_PROTOCOL);
  g_byte_array_set_size (visitor->input, 0);
  return take_request (visitor, &request);
}

static void
on_readable (gpointer user_data)
{
  WebVisitor *visitor = user_data;
  guint8 data[READ_BYTES];
  gssize got;

  got = stream_read (visitor->stream, data, sizeof data);
  if (got < 0)
    {
      leave (visitor, stream_tls_failed (visitor->stream) ? LINK_WHY_TLS : LINK_WHY_NONE);
      return;
    }
  if (got == 0 || visitor->leaving) /* what is said after the last answer is not heard */
    return;
  g_byte_array_append (visitor->input, data, got);
  take_input (visitor);
}

static void
on_drained (gpointer user_data)
{
  WebVisitor *visitor = user_data;

  if (!visitor->leaving)
    stream_resume (visitor->stream);
  end_answer (visitor);
}

static void
on_secured (gpointer user_data)
{
  WebVisitor *visitor = user_data;

  visitor->secured = TRUE;
}

static void
on_stuck (gpointer user_data)
{
  leave (user_data, LINK_WHY_STUCK);
}

/* --- Life --- */

const WebCaller *
web_visitor_get_caller (WebVisitor *visitor)
{
  return &visitor->caller;
}

static void
send_away (gpointer who)
{
  leave (who, LINK_WHY_FULL);
}

void
web_visitor_fill_crowd (WebVisitor *visitor, CrowdMember *ret_member)
{
  *ret_member = (CrowdMember) { &visitor->caller.source, visitor->came_at, send_away, visitor };
}

WebVisitor *
web_visitor_new (int socket, const WebCaller *caller, const WebVisitorHost *host)
{
  static const StreamHost stream_host = { on_readable, on_drained, on_secured, on_stuck };
  WebVisitor *visitor = g_new0 (WebVisitor, 1);
  socklen_t size = sizeof visitor->door.address;

  visitor->host = host;
  visitor->caller = *caller;
  visitor->came_at = g_get_monotonic_time ();
  visitor->door.name = host->name;
  visitor->door.tls = host->credentials != NULL;
  visitor->secured = !visitor->door.tls;
  getsockname (socket, (struct sockaddr *) &visitor->door.address, &size);
  visitor->input = g_byte_array_new ();
  visitor->stream = stream_new (socket, &stream_host, visitor);
  if (visitor->door.tls && !stream_start_tls (visitor->stream, host->credentials))
    {
      web_visitor_free (visitor);
      return NULL;
    }
  visitor->visit_timer = g_timeout_add_seconds (WEB_VISIT_SECONDS, on_visit_timer, visitor);
  expect_request (visitor);
  return visitor;
}

void
web_visitor_free (WebVisitor *visitor)
{
  g_clear_handle_id (&visitor->request_timer, g_source_remove);
  g_clear_handle_id (&visitor->visit_timer, g_source_remove);
  g_clear_pointer (&visitor->stream, stream_free);
  g_byte_array_unref (visitor->input);
  g_free (visitor);
}
