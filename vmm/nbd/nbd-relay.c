/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Requests in flight, and the link to vmm. Runs in vitrine-nbd; neither peer is believed: cookies of
 * the client's never reach the server, and a reply has exactly the bytes that were asked for.
 */
#include "nbd-relay.h"

#include "fds.h"
#include "nbd/nbd-client.h"
#include "nbd/nbd-order-parse.h"
#include "nbd/nbd-server.h"
#include "nbd/nbd-tls.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>

#define SLOTS 64u
#define HELD_BYTES_MAX (32u << 20) /* payloads; one request more may begin below it */

typedef struct
{
  gboolean used;
  gboolean sent;   /* to the present server */
  guint64 number;  /* in the order of asking */
  NbdRequest request;
  GBytes *payload; /* of WRITE, kept until it is answered */
  guint8 *answer;  /* of READ, as it arrives */
  guint64 covers;  /* of FLUSH: the last write that was answered before it was sent */
} Slot;

struct _NbdRelay
{
  int link;
  guint readable;
  GMainLoop *loop;
  int status;

  gboolean is_set_up;
  NbdSetup setup;
  int client_fd; /* until the first READY */
  gnutls_certificate_credentials_t credentials;

  NbdServer *server; /* NULL: none, or not asked yet */
  gboolean is_open;  /* it has agreed */
  gboolean is_told;  /* and vmm knows: it has proved that it answers what was waiting */
  gboolean gave_up;  /* requests fail until the next READY */
  NbdInfo info;      /* of the first one that agreed */
  NbdClient *client; /* NULL before that */

  Slot slots[SLOTS];
  guint n_used;
  gsize held; /* bytes */
  guint64 last_number;
  guint32 generation; /* of the server, in cookies */
  gboolean unsaved;   /* writes were confirmed since the last flush */
  guint64 last_written; /* how many were */
};

/* --- the link --- */

static void
quit (NbdRelay *relay, int status)
{
  relay->status = status;
  g_main_loop_quit (relay->loop);
}

static void
report (NbdRelay *relay, NbdReport *message, const char *text)
{
  gsize size = text != NULL ? strlen (text) : 0;

  if (size >= NBD_LINK_TEXT_MAX) /* whole characters only */
    for (size = NBD_LINK_TEXT_MAX - 1; size > 0 && ((guint8) text[size] & 0xc0) == 0x80; size--)
      continue;
  if (size > 0)
    memcpy (message->text, text, size);
  if (fds_send (relay->link, message, sizeof *message, NULL, 0) < 0)
    quit (relay, 1);
}

static void
report_why (NbdRelay *relay, NbdWhy why, const char *text)
{
  NbdReport message = { .type = relay->is_told ? NBD_REPORT_LOST : NBD_REPORT_FAILED,
                        .why = why,
                        .unsaved = relay->is_told && relay->unsaved };

  report (relay, &message, text);
}

/* --- slots --- */

static void
free_slot (NbdRelay *relay, Slot *slot)
{
  relay->held -= slot->payload != NULL || slot->answer != NULL ? slot->request.length : 0;
  relay->n_used--;
  g_clear_pointer (&slot->payload, g_bytes_unref);
  g_clear_pointer (&slot->answer, g_free);
  slot->used = FALSE;
}

static void
update_taking (NbdRelay *relay)
{
  nbd_client_set_taking (relay->client, relay->n_used < SLOTS && relay->held < HELD_BYTES_MAX);
}

static void
answer (NbdRelay *relay, Slot *slot, guint32 error)
{
  g_autoptr (GBytes) data = NULL;
  guint64 cookie = slot->request.cookie;
  gsize size = slot->request.length;

  if (error == 0 && slot->answer != NULL)
    {
      data = g_bytes_new_take (g_steal_pointer (&slot->answer), size);
      relay->held -= size;
    }
  free_slot (relay, slot);
  nbd_client_reply (relay->client, cookie, error, data);
  update_taking (relay);
}

static void
send_slot (NbdRelay *relay, Slot *slot)
{
  guint64 cookie = (guint64) relay->generation << 32 | (slot - relay->slots);

  slot->sent = TRUE;
  if (slot->request.type == NBD_CMD_FLUSH)
    slot->covers = relay->last_written;
  nbd_server_send (relay->server, &slot->request, cookie, slot->payload);
}

static gint
compare_slots (gconstpointer a, gconstpointer b)
{
  const Slot *one = *(Slot *const *) a;
  const Slot *two = *(Slot *const *) b;

  return one->number < two->number ? -1 : one->number > two->number;
}

/* Those that wait, in the order in which they came. */
static GPtrArray *
waiting (NbdRelay *relay)
{
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; i < SLOTS; i++)
    if (relay->slots[i].used && !relay->slots[i].sent)
      g_ptr_array_add (list, &relay->slots[i]);
  g_ptr_array_sort (list, compare_slots);
  return list;
}

static void
fail_waiting (NbdRelay *relay)
{
  g_autoptr (GPtrArray) list = waiting (relay);

  for (guint i = 0; i < list->len; i++)
    answer (relay, list->pdata[i], NBD_EIO);
}

/* --- the client --- */

static void
on_request (const NbdRequest *request, GBytes *payload, gpointer data)
{
  NbdRelay *relay = data;
  Slot *slot = relay->slots;

  if (relay->gave_up)
    {
      nbd_client_reply (relay->client, request->cookie, NBD_EIO, NULL);
      return;
    }
  while (slot->used)
    slot++; /* there is one: else nothing would be taken */
  *slot = (Slot) { .used = TRUE, .number = ++relay->last_number, .request = *request };
  if (payload != NULL)
    slot->payload = g_bytes_ref (payload);
  relay->n_used++;
  relay->held += payload != NULL || request->type == NBD_CMD_READ ? request->length : 0;
  if (request->type == NBD_CMD_READ)
    slot->answer = g_malloc (request->length);
  if (relay->is_open)
    send_slot (relay, slot);
  update_taking (relay);
}

static void
on_client_gone (gpointer data)
{
  NbdRelay *relay = data;

  report_why (relay, NBD_WHY_CLIENT, NULL);
  quit (relay, 0);
}

/* --- the server --- */

/* NULL: nothing with this cookie is owed. */
static Slot *
find_slot (NbdRelay *relay, guint64 cookie)
{
  guint32 number = (guint32) cookie;

  if (cookie >> 32 != relay->generation || number >= SLOTS || !relay->slots[number].used ||
      !relay->slots[number].sent)
    return NULL;
  return &relay->slots[number];
}

static gboolean
on_reply (guint64 cookie, guint32 error, guint8 **ret_data, gsize *ret_size, gpointer data)
{
  Slot *slot = find_slot (data, cookie);

  if (slot == NULL)
    return FALSE;
  if (error == 0 && slot->answer != NULL)
    {
      *ret_data = slot->answer;
      *ret_size = slot->request.length;
    }
  return TRUE;
}

static void
note_done (NbdRelay *relay, const Slot *slot)
{
  switch (slot->request.type)
    {
    case NBD_CMD_WRITE:
    case NBD_CMD_TRIM:
    case NBD_CMD_WRITE_ZEROES:
      if ((slot->request.flags & NBD_CMD_FLAG_FUA) != 0)
        return;
      relay->unsaved = TRUE;
      relay->last_written++;
      return;
    case NBD_CMD_FLUSH:
      if (slot->covers == relay->last_written)
        relay->unsaved = FALSE;
      return;
    default:
      return;
    }
}

static void
tell_ready (NbdRelay *relay)
{
  NbdReport message = { .type = NBD_REPORT_READY,
                        .size = relay->info.size,
                        .read_only = (relay->info.flags & NBD_FLAG_READ_ONLY) != 0 };

  relay->is_told = TRUE;
  report (relay, &message, NULL);
}

static void
on_replied (guint64 cookie, guint32 error, gpointer data)
{
  NbdRelay *relay = data;
  Slot *slot = find_slot (relay, cookie);

  if (slot == NULL)
    return;
  if (!relay->is_told)
    tell_ready (relay);
  if (error == 0)
    note_done (relay, slot);
  answer (relay, slot, error == NBD_ESHUTDOWN ? NBD_EIO : error);
}

static void
drop_server (NbdRelay *relay)
{
  g_clear_pointer (&relay->server, nbd_server_free);
  relay->is_open = relay->is_told = FALSE;
  relay->generation++;
  for (guint i = 0; i < SLOTS; i++)
    relay->slots[i].sent = FALSE;
}

static void
on_over (NbdWhy why, const char *text, gpointer data)
{
  NbdRelay *relay = data;

  report_why (relay, why, text);
  drop_server (relay);
}

/* Whether the guest can go on with it as if nothing had happened. */
static gboolean
is_same_disk (NbdRelay *relay, const NbdInfo *info)
{
  return info->size == relay->info.size && (relay->info.flags & ~info->flags) == 0 &&
         ((info->flags ^ relay->info.flags) & NBD_FLAG_READ_ONLY) == 0 &&
         info->block_least <= relay->info.block_least &&
         info->payload_max >= MIN (relay->info.payload_max, NBD_PAYLOAD_PREFERRED);
}

static void
meet_client (NbdRelay *relay, const NbdInfo *info)
{
  static const NbdClientEvents events = { on_request, on_client_gone };
  NbdInfo told = *info;

  if ((relay->setup.flags & NBD_SETUP_READ_ONLY) != 0)
    told.flags |= NBD_FLAG_READ_ONLY;
  relay->info = *info;
  relay->client = nbd_client_new_take (fds_steal (&relay->client_fd), &told, &events, relay);
}

static gboolean
on_ready (const NbdInfo *info, gpointer data)
{
  NbdRelay *relay = data;
  g_autoptr (GPtrArray) list = NULL;

  if (relay->client != NULL && !is_same_disk (relay, info))
    return FALSE;
  relay->is_open = TRUE;
  relay->gave_up = FALSE;
  if (relay->client == NULL)
    meet_client (relay, info);
  list = waiting (relay);
  /* One that goes away whenever it is asked something never was back. */
  if (list->len == 0)
    tell_ready (relay);
  for (guint i = 0; i < list->len; i++)
    send_slot (relay, list->pdata[i]);
  return TRUE;
}

/* --- vmm's orders --- */

static gboolean
set_up (NbdRelay *relay, const NbdSetup *setup, int *fds, guint n_fds)
{
  g_autoptr (GError) error = NULL;
  guint next = 1;
  autofd ca = -1, cert = -1, key = -1;
  guint wanted = 1 + ((setup->flags & NBD_SETUP_HAS_CA) != 0 ? 1u : 0u) +
                 ((setup->flags & NBD_SETUP_HAS_CERT) != 0 ? 2u : 0u);

  if (relay->is_set_up || n_fds != wanted)
    return FALSE;
  relay->is_set_up = TRUE;
  relay->setup = *setup;
  relay->client_fd = fds_steal (&fds[0]);
  if ((setup->flags & NBD_SETUP_HAS_CA) != 0)
    ca = fds_steal (&fds[next++]);
  if ((setup->flags & NBD_SETUP_HAS_CERT) != 0)
    {
      cert = fds_steal (&fds[next++]);
      key = fds_steal (&fds[next]);
    }
  if ((setup->flags & NBD_SETUP_TLS) == 0)
    return TRUE;
  relay->credentials = nbd_tls_credentials (ca, cert, key, &error);
  if (relay->credentials == NULL)
    {
      report_why (relay, NBD_WHY_CREDENTIALS, error->message);
      return FALSE;
    }
  return TRUE;
}

static gboolean
connect_to (NbdRelay *relay, int *fds, guint n_fds)
{
  static const NbdServerEvents events = { on_ready, on_reply, on_replied, on_over };

  if (!relay->is_set_up || n_fds != 1)
    return FALSE;
  drop_server (relay);
  relay->server = nbd_server_new_take (fds_steal (&fds[0]), &relay->setup, relay->credentials,
                                       &events, relay);
  return TRUE;
}

static gboolean
give_up (NbdRelay *relay)
{
  if (relay->is_told)
    return TRUE; /* the two have crossed */
  drop_server (relay);
  relay->gave_up = TRUE;
  if (relay->client != NULL)
    fail_waiting (relay);
  return TRUE;
}

static gboolean
obey (NbdRelay *relay, const NbdLinkOrder *order, int *fds, guint n_fds)
{
  switch (order->type)
    {
    case NBD_ORDER_SETUP:
      return set_up (relay, &order->setup, fds, n_fds);
    case NBD_ORDER_CONNECT:
      return connect_to (relay, fds, n_fds);
    default:
      return n_fds == 0 && give_up (relay);
    }
}

static gboolean
on_link (int fd, GIOCondition condition, gpointer data)
{
  NbdRelay *relay = data;
  guint8 packet[sizeof (NbdSetup) + 1];
  int fds[FDS_MESSAGE_MAX];
  guint n_fds = G_N_ELEMENTS (fds);
  NbdLinkOrder order;
  gssize got = fds_receive (fd, packet, sizeof packet, fds, &n_fds);

  if (got < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;
  if (got <= 0 || nbd_order_parse (packet, got, &order) != PARSE_OK ||
      !obey (relay, &order, fds, n_fds))
    quit (relay, got == 0 ? 0 : 1);
  for (guint i = 0; got > 0 && i < n_fds; i++)
    fds_clear (&fds[i]);
  return G_SOURCE_CONTINUE;
}

NbdRelay *
nbd_relay_new (int link)
{
  NbdRelay *relay = g_new0 (NbdRelay, 1);

  relay->link = link;
  relay->client_fd = -1;
  relay->loop = g_main_loop_new (NULL, FALSE);
  relay->readable = g_unix_fd_add (link, G_IO_IN | G_IO_HUP | G_IO_ERR, on_link, relay);
  return relay;
}

void
nbd_relay_free (NbdRelay *relay)
{
  g_clear_handle_id (&relay->readable, g_source_remove);
  g_clear_pointer (&relay->server, nbd_server_free);
  g_clear_pointer (&relay->client, nbd_client_free);
  for (guint i = 0; i < SLOTS; i++)
    if (relay->slots[i].used)
      free_slot (relay, &relay->slots[i]);
  if (relay->credentials != NULL)
    gnutls_certificate_free_credentials (relay->credentials);
  fds_clear (&relay->client_fd);
  g_main_loop_unref (relay->loop);
  g_free (relay);
}

int
nbd_relay_run (NbdRelay *relay)
{
  g_main_loop_run (relay->loop);
  return relay->status;
}
