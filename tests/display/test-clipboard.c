/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard's broker: what passes under each policy, and what does not.
 */
#include "clipboard/clipboard.h"

#include <string.h>

typedef struct
{
  ClipboardPeer *peer;
  guint32 serial;
  ClipboardKinds kinds; /* as last told */
  guint n_offered;
  guint32 wanted;
  guint n_wanted;
  ClipboardState state;
  char *got; /* the last answer; NULL: none */
  guint n_answers;
} Side;

typedef struct
{
  Clipboard *clipboard;
  Side guest;
  Side local;
  Side other; /* another front end */
  Side remote;
  Side looker;
} World;

static void
on_offered (guint32 serial, ClipboardKinds kinds, gpointer user_data)
{
  Side *side = user_data;

  g_assert_true ((serial == 0) == (kinds == 0));
  side->serial = serial;
  side->kinds = kinds;
  side->n_offered++;
}

static void
on_wanted (guint32 number, ClipboardKinds kind, gpointer user_data)
{
  Side *side = user_data;

  side->wanted = number;
  side->n_wanted++;
}

static void
on_state (const ClipboardState *state, gpointer user_data)
{
  Side *side = user_data;

  side->state = *state;
}

static void
on_answer (GBytes *data, gpointer user_data)
{
  Side *side = user_data;
  gsize size = 0;
  const char *bytes = data != NULL ? g_bytes_get_data (data, &size) : NULL;

  g_free (side->got);
  side->got = data != NULL ? g_strndup (bytes, size) : NULL;
  side->n_answers++;
}

static const ClipboardPeerEvents events = { on_offered, on_wanted, on_state };

static void
turn (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
open_world (World *world, ClipboardPolicy policy)
{
  memset (world, 0, sizeof *world);
  world->clipboard = clipboard_new ();
  clipboard_set_policy (world->clipboard, policy);
  world->guest.peer = clipboard_join_guest (world->clipboard, &events, &world->guest);
  world->local.peer =
      clipboard_join (world->clipboard, CLIPBOARD_SIDE_LOCAL, &events, &world->local);
  world->other.peer =
      clipboard_join (world->clipboard, CLIPBOARD_SIDE_LOCAL, &events, &world->other);
  world->remote.peer =
      clipboard_join (world->clipboard, CLIPBOARD_SIDE_REMOTE, &events, &world->remote);
  world->looker.peer =
      clipboard_join (world->clipboard, CLIPBOARD_SIDE_VIEW_ONLY, &events, &world->looker);
  turn ();
}

static void
leave (Side *side)
{
  g_clear_pointer (&side->peer, clipboard_peer_free);
  g_clear_pointer (&side->got, g_free);
}

static void
close_world (World *world)
{
  leave (&world->guest);
  leave (&world->local);
  leave (&world->other);
  leave (&world->remote);
  leave (&world->looker);
  turn ();
  clipboard_free (world->clipboard);
}

static void
answer (Side *side, const char *text)
{
  g_autoptr (GBytes) data = text != NULL ? g_bytes_new (text, strlen (text)) : NULL;

  clipboard_peer_answer (side->peer, side->wanted, data);
  turn ();
}

static void
request (Side *side, ClipboardKinds kind)
{
  clipboard_peer_request (side->peer, kind, on_answer, side);
  turn ();
}

/* Whether `taker` sees and gets what `giver` offers. */
static gboolean
passes (Side *giver, Side *taker)
{
  static guint32 serial = 100;
  guint answers = taker->n_answers;
  gboolean seen;

  clipboard_peer_offer (giver->peer, ++serial, CLIPBOARD_TEXT);
  turn ();
  seen = taker->kinds == CLIPBOARD_TEXT;
  giver->wanted = 0;
  request (taker, CLIPBOARD_TEXT);
  if (taker->n_answers == answers)
    answer (giver, "hello");
  g_assert_cmpuint (taker->n_answers, ==, answers + 1);
  g_assert_true (seen == (taker->got != NULL));
  g_assert_true (seen == (giver->wanted != 0));
  clipboard_peer_offer (giver->peer, 0, 0);
  turn ();
  g_assert_cmpint (taker->kinds, ==, 0);
  return seen;
}

static void
test_policies (void)
{
  static const struct
  {
    ClipboardPolicy policy;
    gboolean to, from;
  } cases[] = {
    { CLIPBOARD_POLICY_OFF, FALSE, FALSE },
    { CLIPBOARD_POLICY_TO_GUEST, TRUE, FALSE },
    { CLIPBOARD_POLICY_FROM_GUEST, FALSE, TRUE },
    { CLIPBOARD_POLICY_BOTH, TRUE, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      World world;

      open_world (&world, cases[i].policy);
      g_assert_true (clipboard_peer_may_give (world.local.peer) == cases[i].to);
      g_assert_true (clipboard_peer_may_take (world.local.peer) == cases[i].from);
      g_assert_true (clipboard_peer_may_give (world.guest.peer) == cases[i].from);
      g_assert_true (clipboard_peer_may_take (world.guest.peer) == cases[i].to);
      g_assert_true (passes (&world.local, &world.guest) == cases[i].to);
      g_assert_true (passes (&world.remote, &world.guest) == cases[i].to);
      g_assert_false (passes (&world.looker, &world.guest));
      g_assert_true (passes (&world.guest, &world.local) == cases[i].from);
      g_assert_true (passes (&world.guest, &world.remote) == cases[i].from);
      g_assert_false (passes (&world.guest, &world.looker));
      /* Viewers never see each other's. */
      g_assert_false (passes (&world.local, &world.remote));
      g_assert_false (passes (&world.remote, &world.local));
      g_assert_false (passes (&world.local, &world.other));
      close_world (&world);
    }
}

static void
test_shared_fetch (void)
{
  World world;

  open_world (&world, CLIPBOARD_POLICY_BOTH);
  clipboard_peer_offer (world.guest.peer, 1, CLIPBOARD_TEXT);
  turn ();
  g_assert_cmpuint (world.guest.n_wanted, ==, 0); /* until somebody pastes */
  clipboard_peer_request (world.local.peer, CLIPBOARD_TEXT, on_answer, &world.local);
  clipboard_peer_request (world.remote.peer, CLIPBOARD_TEXT, on_answer, &world.remote);
  turn ();
  answer (&world.guest, "once");
  request (&world.other, CLIPBOARD_TEXT);
  g_assert_cmpstr (world.local.got, ==, "once");
  g_assert_cmpstr (world.remote.got, ==, "once");
  g_assert_cmpstr (world.other.got, ==, "once");
  g_assert_cmpuint (world.guest.n_wanted, ==, 1);
  /* Of another kind there is nothing. */
  request (&world.other, CLIPBOARD_PNG);
  g_assert_null (world.other.got);
  close_world (&world);
}

/* Contents that are too long or not what they are said to be are none. */
static void
test_contents (void)
{
  static const char png[] = "\x89PNG\r\n\x1a\n....";
  g_autofree char *longest = g_malloc (CLIPBOARD_BYTES_MAX + 1);
  World world;

  memset (longest, 'a', CLIPBOARD_BYTES_MAX + 1);
  g_assert_true (clipboard_check_data (CLIPBOARD_TEXT, longest, CLIPBOARD_BYTES_MAX));
  g_assert_false (clipboard_check_data (CLIPBOARD_TEXT, longest, CLIPBOARD_BYTES_MAX + 1));
  g_assert_false (clipboard_check_data (CLIPBOARD_TEXT, "", 0));
  g_assert_false (clipboard_check_data (CLIPBOARD_TEXT, "a\0b", 3));
  g_assert_false (clipboard_check_data (CLIPBOARD_TEXT, "\xff\xfe", 2));
  g_assert_true (clipboard_check_data (CLIPBOARD_TEXT, "\xed\x95\x9c", 3));
  g_assert_true (clipboard_check_data (CLIPBOARD_PNG, png, sizeof png - 1));
  g_assert_false (clipboard_check_data (CLIPBOARD_PNG, "GIF89a.........", 15));
  g_assert_false (clipboard_check_data (CLIPBOARD_PNG, png, 8));
  g_assert_false (clipboard_check_data (0, "a", 1));

  open_world (&world, CLIPBOARD_POLICY_BOTH);
  clipboard_peer_offer (world.guest.peer, 1, CLIPBOARD_TEXT | CLIPBOARD_PNG);
  turn ();
  request (&world.local, CLIPBOARD_TEXT);
  answer (&world.guest, "\xff");
  g_assert_null (world.local.got);
  g_assert_cmpuint (world.local.n_answers, ==, 1);
  /* It may be asked again. */
  request (&world.local, CLIPBOARD_TEXT);
  answer (&world.guest, "better");
  g_assert_cmpstr (world.local.got, ==, "better");
  close_world (&world);
}

static void
test_ask_to_guest (void)
{
  World world;

  open_world (&world, CLIPBOARD_POLICY_ASK);
  clipboard_peer_offer (world.local.peer, 1, CLIPBOARD_TEXT);
  turn ();
  g_assert_cmpint (world.guest.kinds, ==, CLIPBOARD_TEXT);
  g_assert_cmpuint (world.local.state.question, ==, 0);
  request (&world.guest, CLIPBOARD_TEXT);
  g_assert_null (world.guest.got); /* at once: it does not wait for a person */
  g_assert_cmpuint (world.guest.n_answers, ==, 1);
  g_assert_cmpuint (world.local.n_wanted, ==, 0);
  g_assert_cmpuint (world.local.state.question, !=, 0);
  g_assert_cmpuint (world.other.state.question, ==, world.local.state.question);
  g_assert_cmpint (world.local.state.direction, ==, CLIPBOARD_TO_GUEST);
  g_assert_cmpint (world.remote.state.policy, ==, CLIPBOARD_POLICY_OFF); /* not its business */

  /* Somebody else's answer, and one to another question, count for nothing. */
  clipboard_peer_decide (world.remote.peer, world.local.state.question, TRUE);
  clipboard_peer_decide (world.local.peer, world.local.state.question + 1, TRUE);
  request (&world.guest, CLIPBOARD_TEXT);
  g_assert_null (world.guest.got);

  clipboard_peer_decide (world.local.peer, world.local.state.question, TRUE);
  turn ();
  g_assert_cmpuint (world.local.state.question, ==, 0);
  g_assert_cmpuint (world.guest.n_offered, ==, 2); /* so that it asks again */
  request (&world.guest, CLIPBOARD_TEXT);
  answer (&world.local, "allowed");
  g_assert_cmpstr (world.guest.got, ==, "allowed");

  /* Only these contents. */
  clipboard_peer_offer (world.local.peer, 2, CLIPBOARD_TEXT);
  turn ();
  request (&world.guest, CLIPBOARD_TEXT);
  g_assert_null (world.guest.got);
  clipboard_peer_decide (world.local.peer, world.local.state.question, FALSE);
  turn ();
  g_assert_cmpint (world.guest.kinds, ==, 0);
  request (&world.guest, CLIPBOARD_TEXT);
  g_assert_null (world.guest.got);
  g_assert_cmpuint (world.local.state.question, ==, 0); /* asked once */
  close_world (&world);
}

static void
test_ask_from_guest (void)
{
  World world;

  open_world (&world, CLIPBOARD_POLICY_ASK);
  clipboard_peer_offer (world.guest.peer, 1, CLIPBOARD_TEXT);
  turn ();
  g_assert_cmpint (world.local.kinds, ==, 0);
  g_assert_cmpint (world.remote.kinds, ==, 0);
  g_assert_cmpint (world.local.state.direction, ==, CLIPBOARD_FROM_GUEST);
  request (&world.local, CLIPBOARD_TEXT);
  g_assert_null (world.local.got);
  clipboard_peer_decide (world.local.peer, world.local.state.question, TRUE);
  turn ();
  g_assert_cmpint (world.local.kinds, ==, CLIPBOARD_TEXT);
  g_assert_cmpint (world.remote.kinds, ==, 0);
  request (&world.local, CLIPBOARD_TEXT);
  answer (&world.guest, "taken");
  g_assert_cmpstr (world.local.got, ==, "taken");
  /* The next copy is another question, and the old answer is none to it. */
  clipboard_peer_offer (world.guest.peer, 2, CLIPBOARD_TEXT);
  turn ();
  g_assert_cmpint (world.local.kinds, ==, 0);
  g_assert_cmpuint (world.local.state.question, !=, 0);
  close_world (&world);
}

static void
test_live_switch (void)
{
  World world;

  open_world (&world, CLIPBOARD_POLICY_BOTH);
  clipboard_peer_offer (world.guest.peer, 1, CLIPBOARD_TEXT);
  turn ();
  clipboard_peer_request (world.local.peer, CLIPBOARD_TEXT, on_answer, &world.local);
  turn ();
  clipboard_set_policy (world.clipboard, CLIPBOARD_POLICY_TO_GUEST);
  turn ();
  g_assert_cmpint (world.local.kinds, ==, 0);
  g_assert_cmpuint (world.local.n_answers, ==, 1); /* what was under way is refused */
  g_assert_null (world.local.got);
  answer (&world.guest, "too late");
  g_assert_null (world.local.got);
  g_assert_cmpint (world.local.state.policy, ==, CLIPBOARD_POLICY_TO_GUEST);
  clipboard_peer_offer (world.local.peer, 1, CLIPBOARD_TEXT);
  turn ();
  g_assert_cmpint (world.guest.kinds, ==, CLIPBOARD_TEXT);
  clipboard_set_policy (world.clipboard, CLIPBOARD_POLICY_OFF);
  turn ();
  g_assert_cmpint (world.guest.kinds, ==, 0);
  close_world (&world);
}

/* An offer comes and goes with the focus; what the guest has copied meanwhile stays the guest's. */
static void
test_focus (void)
{
  World world;

  open_world (&world, CLIPBOARD_POLICY_TO_GUEST);
  clipboard_peer_offer (world.local.peer, 7, CLIPBOARD_TEXT);
  turn ();
  clipboard_peer_offer (world.local.peer, 7, 0);
  turn ();
  g_assert_cmpint (world.guest.kinds, ==, 0);
  clipboard_peer_offer (world.local.peer, 7, CLIPBOARD_TEXT);
  turn ();
  g_assert_cmpint (world.guest.kinds, ==, CLIPBOARD_TEXT);
  clipboard_peer_offer (world.guest.peer, 1, CLIPBOARD_TEXT);
  turn ();
  clipboard_peer_offer (world.local.peer, 7, 0);
  clipboard_peer_offer (world.local.peer, 7, CLIPBOARD_TEXT);
  turn ();
  g_assert_cmpint (world.guest.kinds, ==, 0);
  clipboard_peer_offer (world.local.peer, 8, CLIPBOARD_TEXT);
  turn ();
  g_assert_cmpint (world.guest.kinds, ==, CLIPBOARD_TEXT);
  close_world (&world);
}

static void
test_gift (void)
{
  g_autoptr (GBytes) text = g_bytes_new_static ("gift", 4);
  g_autoptr (GBytes) bad = g_bytes_new_static ("a\0b", 3);
  World world;

  open_world (&world, CLIPBOARD_POLICY_TO_GUEST);
  g_assert_false (clipboard_peer_offer_data (world.local.peer, 1, CLIPBOARD_TEXT, bad, TRUE));
  g_assert_true (clipboard_peer_offer_data (world.local.peer, 1, CLIPBOARD_TEXT, text, TRUE));
  leave (&world.local);
  request (&world.guest, CLIPBOARD_TEXT);
  g_assert_cmpstr (world.guest.got, ==, "gift");
  request (&world.guest, CLIPBOARD_TEXT);
  g_assert_cmpstr (world.guest.got, ==, "gift");
  /* One that is not kept goes with its owner. */
  g_assert_true (clipboard_peer_offer_data (world.remote.peer, 1, CLIPBOARD_TEXT, text, FALSE));
  turn ();
  g_assert_cmpint (world.guest.kinds, ==, CLIPBOARD_TEXT);
  leave (&world.remote);
  turn ();
  g_assert_cmpint (world.guest.kinds, ==, 0);
  clipboard_set_policy (world.clipboard, CLIPBOARD_POLICY_FROM_GUEST);
  g_assert_false (clipboard_peer_offer_data (world.other.peer, 1, CLIPBOARD_TEXT, text, TRUE));
  close_world (&world);
}

/* Whoever leaves in the middle leaves nobody waiting. */
static void
test_leaving (void)
{
  World world;

  open_world (&world, CLIPBOARD_POLICY_BOTH);
  clipboard_peer_offer (world.local.peer, 1, CLIPBOARD_TEXT);
  turn ();
  clipboard_peer_request (world.guest.peer, CLIPBOARD_TEXT, on_answer, &world.guest);
  turn ();
  g_assert_cmpuint (world.local.wanted, !=, 0);
  leave (&world.local);
  turn ();
  g_assert_cmpuint (world.guest.n_answers, ==, 1);
  g_assert_null (world.guest.got);

  clipboard_peer_offer (world.guest.peer, 1, CLIPBOARD_TEXT);
  turn ();
  clipboard_peer_request (world.other.peer, CLIPBOARD_TEXT, on_answer, &world.other);
  clipboard_peer_request (world.remote.peer, CLIPBOARD_TEXT, on_answer, &world.remote);
  leave (&world.other);
  turn ();
  leave (&world.guest);
  turn ();
  g_assert_cmpuint (world.other.n_answers, ==, 0);
  g_assert_cmpuint (world.remote.n_answers, ==, 1);
  close_world (&world);
}

static gboolean
on_done (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* An owner that never answers is waited for so long and no longer. */
static void
test_silence (void)
{
  gboolean over = FALSE;
  World world;

  open_world (&world, CLIPBOARD_POLICY_BOTH);
  clipboard_peer_offer (world.guest.peer, 1, CLIPBOARD_TEXT);
  turn ();
  request (&world.local, CLIPBOARD_TEXT);
  g_assert_cmpuint (world.local.n_answers, ==, 0);
  g_timeout_add_seconds (60, on_done, &over);
  while (world.local.n_answers == 0 && !over)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (over);
  g_assert_null (world.local.got);
  close_world (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clipboard/policies", test_policies);
  g_test_add_func ("/clipboard/shared-fetch", test_shared_fetch);
  g_test_add_func ("/clipboard/contents", test_contents);
  g_test_add_func ("/clipboard/ask-to-guest", test_ask_to_guest);
  g_test_add_func ("/clipboard/ask-from-guest", test_ask_from_guest);
  g_test_add_func ("/clipboard/live-switch", test_live_switch);
  g_test_add_func ("/clipboard/focus", test_focus);
  g_test_add_func ("/clipboard/gift", test_gift);
  g_test_add_func ("/clipboard/leaving", test_leaving);
  g_test_add_func ("/clipboard/silence", test_silence);
  return g_test_run ();
}
