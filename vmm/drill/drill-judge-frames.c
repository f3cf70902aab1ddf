/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Judges frames: a vitrine-net of their own, started and watched as a guest's is. What was said is
 * refused if none of it was passed on, and if the gateway answers a proper question afterwards,
 * from the same process. Runs in vitrine-vmm.
 */
#include "drill/drill-judge.h"

#include "net-policy.h"
#include "net/network.h"

#include <glib-unix.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UUID "drill" /* nonsense-frames.c knows its card's address */
#define QUESTION_BYTES 42u
#define ARP_REPLY 2u

typedef struct
{
  GuestDefinition *definition;
  Network *network;
  guint card;     /* the source */
  gboolean asked; /* the gateway, on the card */
} Frames;

static void
on_changed (gpointer data)
{
}

static void
on_warning (const char *text, gpointer data)
{
}

static guint64
count_dropped (JsonObject *drops)
{
  g_autoptr (GList) reasons = json_object_get_members (drops);
  guint64 sum = 0;

  /* Full is the way to the guest. */
  for (GList *reason = reasons; reason != NULL; reason = reason->next)
    if (strcmp (reason->data, net_drop_word (NET_DROP_FULL)) != 0)
      sum += json_object_get_int_member (drops, reason->data);
  return sum;
}

static void
on_counted (const char *json, gpointer data)
{
  DrillTalk *talk = data;
  Frames *frames = talk->state;
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  JsonObject *state = json_node_get_object (root);
  guint64 sent = json_object_get_int_member (state, "frames-out");
  guint64 dropped = count_dropped (json_object_get_object_member (state, "drops"));

  if (talk->judged) /* or being freed */
    return;
  if (json_object_get_int_member (state, "restarts") > 0)
    drill_talk_judge (talk, FALSE, "vitrine-net ended of it");
  else if (dropped == 0 || sent != dropped + 1) /* the question */
    drill_talk_judge (talk, FALSE, "vitrine-net passed it on");
  else if (!drill_talk_is_bounded (network_get_jail (frames->network)))
    drill_talk_judge (talk, FALSE, "vitrine-net keeps it in memory");
  else
    drill_talk_judge (talk, TRUE, "vitrine-net dropped all of it and answers");
}

/* Who has the gateway's address? FALSE: not now. */
static gboolean
ask (Frames *frames, int card)
{
  guint8 question[QUESTION_BYTES] = { [0] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, [12] = 0x08, 0x06,
                                      0,          1,    0x08, 0,    6,    4,    0,           1 };
  const guint32 guest = GUINT32_TO_BE (NET_V4_LEASE);
  const guint32 gateway = GUINT32_TO_BE (NET_V4_GATEWAY);

  network_mac (UUID, question + 6);
  network_mac (UUID, question + 22);
  memcpy (question + 28, &guest, sizeof guest);
  memcpy (question + 38, &gateway, sizeof gateway);
  return send (card, question, sizeof question, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof question;
}

static gboolean
is_answer (const guint8 *frame, gssize size)
{
  Frame parsed;

  return size > 0 && frame_parse (frame, size, &parsed) == PARSE_OK && parsed.kind == FRAME_ARP &&
         parsed.arp_operation == ARP_REPLY && net_address_get_v4 (&parsed.from) == NET_V4_GATEWAY;
}

/* Refusals come before the answer, and a vitrine-net that ended is replaced: then none comes. */
static gboolean
on_card (int fd, GIOCondition condition, gpointer data)
{
  DrillTalk *talk = data;
  Frames *frames = talk->state;
  guint8 frame[FRAME_BYTES_MAX];

  if (!frames->asked && condition & G_IO_OUT)
    {
      frames->asked = ask (frames, fd);
      frames->card =
          g_unix_fd_add (fd, frames->asked ? G_IO_IN : G_IO_IN | G_IO_OUT, on_card, talk);
      return G_SOURCE_REMOVE;
    }
  if (!is_answer (frame, recv (fd, frame, sizeof frame, MSG_DONTWAIT)))
    return G_SOURCE_CONTINUE;
  frames->card = 0;
  network_query (frames->network, on_counted, talk);
  return G_SOURCE_REMOVE;
}

static gboolean
begin (DrillTalk *talk, int *ret_speaker, GError **error)
{
  static const NetworkEvents events = { on_changed, on_warning };
  Frames *frames = talk->state = g_new0 (Frames, 1);

  frames->definition = guest_definition_new ("drill");
  g_free (frames->definition->uuid);
  frames->definition->uuid = g_strdup (UUID);
  frames->definition->network = GUEST_NETWORK_INTERNET;
  frames->definition->nic = GUEST_NIC_VIRTIO;
  frames->network = network_new (talk->programs->net, frames->definition, -1, &events, talk, error);
  if (frames->network == NULL || !network_start (frames->network, error))
    return FALSE;
  *ret_speaker = dup (network_get_card (frames->network));
  return TRUE;
}

static void
spoken (DrillTalk *talk, int wait_status)
{
  Frames *frames = talk->state;

  frames->card =
      g_unix_fd_add (network_get_card (frames->network), G_IO_IN | G_IO_OUT, on_card, talk);
}

static void
end (DrillTalk *talk)
{
  Frames *frames = talk->state;

  if (frames == NULL)
    return;
  g_clear_handle_id (&frames->card, g_source_remove);
  g_clear_pointer (&frames->network, network_free);
  guest_definition_free (frames->definition);
  g_free (frames);
}

const DrillJudge drill_judge_frames = { begin, spoken, end };
