/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The front end's pure parts: RFB messages, the login, penalties, keysyms.
 */
#include "front/crowd.h"
#include "front/login.h"
#include "front/penalties.h"
#include "front/rfb-parse.h"
#include "vnc/vnc-input.h"

#include <arpa/inet.h>
#include <nettle/des.h>
#include <netinet/in.h>

static ParseResult
parse (const void *data, gsize size, RfbRequest *request, gsize *used)
{
  guint8 *copy = g_malloc (size + 1); /* of exactly that size for AddressSanitizer, but never 0 */
  ParseResult result;

  memcpy (copy, data, size);
  copy = g_realloc (copy, MAX (size, 1));
  result = rfb_parse_request (copy, size, request, used);
  g_free (copy);
  return result;
}

/* Whole messages; each cut anywhere needs more. */
static const struct
{
  const char *bytes;
  gsize size;
} wholes[] = {
  { "\0\0\0\0\x20\x18\0\1\0\377\0\377\0\377\x10\x08\0\0\0\0", 20 },
  { "\0\0\0\0\x10\x10\1\1\0\x1f\0\x3f\0\x1f\x0b\5\0\0\0\0", 20 },
  { "\0\0\0\0\x08\x08\0\1\0\7\0\7\0\3\0\3\6\0\0\0", 20 },
  { "\2\0\0\0", 4 },
  { "\2\0\0\2\0\0\0\0\377\377\377\x21", 12 },
  { "\3\1\0\0\0\0\4\0\3\0", 10 },
  { "\3\0\377\377\377\377\377\377\377\377", 10 },
  { "\4\1\0\0\0\0\0\x61", 8 },
  { "\5\377\377\377\377\377", 6 },
  { "\6\0\0\0\0\x10\0\0", 8 },
  { "\373\0\4\0\3\0\1\0\0\0\0\0\0\0\0\0\4\0\3\0\0\0\0\0", 24 },
  { "\377\0\0\1\0\0\0\x61\0\0\0\x1e", 12 },
};

static void
test_whole (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wholes); i++)
    {
      RfbRequest request;
      gsize used = 0;

      g_test_message ("case %zu", i);
      g_assert_cmpint (parse (wholes[i].bytes, wholes[i].size, &request, &used), ==, PARSE_OK);
      g_assert_cmpuint (used, ==, wholes[i].size);
      for (gsize size = 0; size < wholes[i].size; size++)
        g_assert_cmpint (parse (wholes[i].bytes, size, &request, &used), ==, PARSE_NEED_MORE);
    }
}

/* What no continuation can save. */
static const struct
{
  const char *bytes;
  gsize size;
} bads[] = {
  { "\1", 1 }, /* unknown types */
  { "\7", 1 },
  { "\226", 1 },                                                    /* continuous updates */
  { "\370", 1 },                                                    /* fence */
  { "\372", 1 },                                                    /* power */
  { "\377\2", 2 },                                                  /* QEMU's, not known */
  { "\377\1\0\3", 4 },                                              /* no such audio request */
  { "\0\0\0\0\x18\x18\0\1\0\377\0\377\0\377\x10\x08\0\0\0\0", 20 }, /* 24 bits */
  { "\0\0\0\0\0\0\0\1\0\377\0\377\0\377\x10\x08\0\0\0\0", 20 },     /* none */
  { "\0\0\0\0\x20\x21\0\1\0\377\0\377\0\377\x10\x08\0\0\0\0", 20 }, /* deeper than it has bits */
  { "\0\0\0\0\x20\x18\0\0\0\377\0\377\0\377\x10\x08\0\0\0\0", 20 }, /* colour map */
  { "\0\0\0\0\x20\x18\0\1\0\376\0\377\0\377\x10\x08\0\0\0\0", 20 }, /* not all ones */
  { "\0\0\0\0\x20\x18\0\1\0\0\0\377\0\377\x10\x08\0\0\0\0", 20 },   /* no red */
  { "\0\0\0\0\x20\x18\0\1\0\377\0\377\0\377\x19\x08\0\0\0\0", 20 }, /* red hangs out */
  { "\0\0\0\0\x20\x18\0\1\0\377\0\377\0\377\377\x08\0\0\0\0", 20 }, /* far out */
  { "\0\0\0\0\x20\x18\0\1\0\377\0\377\0\377\x08\x08\0\0\0\0", 20 }, /* red over green */
  { "\0\0\0\0\x08\x08\0\1\377\377\377\377\377\377\0\0\0\0\0\0", 20 },
  { "\2\0\1\1", 4 }, /* 257 encodings */
  { "\2\0\377\377", 4 },
  { "\6\0\0\0\0\x10\0\1", 8 }, /* 1 MiB + 1 */
  { "\6\0\0\0\200\0\0\0", 8 },
  { "\6\0\0\0\377\377\377\377", 8 },
  { "\373\0\0\0\3\0\1\0", 8 },   /* no width */
  { "\373\0\4\0\3\0\0\0", 8 },   /* no screen */
  { "\373\0\4\0\3\0\x11\0", 8 }, /* too many */
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bads); i++)
    {
      RfbRequest request;
      gsize used = 77;

      g_test_message ("case %zu", i);
      g_assert_cmpint (parse (bads[i].bytes, bads[i].size, &request, &used), ==, PARSE_BAD);
      g_assert_cmpuint (used, ==, 77);
    }
}

static ParseResult
parse_format (guint bits, guint depth, const guint *maxima, const guint *shifts)
{
  guint8 bytes[20] = { 0, 0, 0, 0, bits, depth, 0, 1 };
  RfbRequest request;
  gsize used;

  for (guint i = 0; i < 3; i++)
    {
      bytes[8 + 2 * i] = maxima[i] >> 8;
      bytes[9 + 2 * i] = maxima[i] & 255;
      bytes[14 + i] = shifts[i];
    }
  return parse (bytes, sizeof bytes, &request, &used);
}

/* The rule said another way: by counting who holds each bit of the pixel. */
static gboolean
is_format (guint bits, guint depth, const guint *maxima, const guint *shifts)
{
  guint holders[256 + 16] = { 0 };

  if ((bits != 8 && bits != 16 && bits != 32) || depth < 1 || depth > bits)
    return FALSE;
  for (guint i = 0; i < 3; i++)
    {
      guint width = 0;

      while (width < 16 && maxima[i] >> width & 1)
        width++;
      if (width == 0 || maxima[i] != (1u << width) - 1 || shifts[i] + width > bits)
        return FALSE;
      for (guint bit = 0; bit < width; bit++)
        if (holders[shifts[i] + bit]++ > 0)
          return FALSE;
    }
  return TRUE;
}

/* Every size of a pixel, every depth, every shift of every channel, and maxima of all widths and of
 * none. */
static void
test_formats (void)
{
  static const guint all_maxima[] = { 0, 1, 2, 3, 7, 8, 15, 31, 63, 127, 255, 256, 1023, 32767,
                                      32768, 65535 };
  guint accepted = 0;

  for (guint bits = 0; bits < 256; bits++)
    for (guint depth = 0; depth < 256; depth++)
      {
        const guint maxima[] = { 3, 1, 7 }, shifts[] = { 2, 4, 5 };

        g_assert_cmpint (parse_format (bits, depth, maxima, shifts) == PARSE_OK, ==,
                         is_format (bits, depth, maxima, shifts));
      }
  for (guint at = 0; at < 3 * 256 * G_N_ELEMENTS (all_maxima) * 3; at++)
    for (guint bits = 8; bits <= 32; bits *= 2)
      {
        guint maxima[] = { bits == 8 ? 3 : 15, bits == 8 ? 3 : 15, bits == 8 ? 3 : 15 };
        guint shifts[] = { bits - 4, bits / 4, 0 };
        guint channel = at % 3;

        shifts[channel] = at / 3 % 256;
        maxima[channel] = all_maxima[at / 768 % G_N_ELEMENTS (all_maxima)];
        g_assert_cmpint (parse_format (bits, 8, maxima, shifts) == PARSE_OK, ==,
                         is_format (bits, 8, maxima, shifts));
        accepted += is_format (bits, 8, maxima, shifts);
      }
  g_assert_cmpuint (accepted, >, 100);
}

static void
test_fields (void)
{
  RfbRequest request;
  gsize used;

  parse (wholes[0].bytes, wholes[0].size, &request, &used);
  g_assert_cmpuint (request.format.bits, ==, 32);
  g_assert_cmpuint (request.format.red_shift, ==, 16);
  parse (wholes[4].bytes, wholes[4].size, &request, &used);
  g_assert_cmpuint (request.encodings.count, ==, 2);
  g_assert_cmpint (request.encodings.list[1], ==, -223);
  parse (wholes[5].bytes, wholes[5].size, &request, &used);
  g_assert_true (request.update.incremental);
  g_assert_cmpuint (request.update.width, ==, 1024);
  parse (wholes[10].bytes, wholes[10].size, &request, &used);
  g_assert_cmpuint (request.desktop.height, ==, 768);
  g_assert_true (request.desktop.one_screen);
  /* Two screens, one that does not begin in the corner, one that is smaller. */
  parse ("\373\0\4\0\3\0\2\0\0\0\0\0\0\0\0\0\4\0\3\0\0\0\0\0"
         "\0\0\0\1\0\0\0\0\4\0\3\0\0\0\0\0",
         40, &request, &used);
  g_assert_cmpuint (used, ==, 40);
  g_assert_false (request.desktop.one_screen);
  parse ("\373\0\4\0\3\0\1\0\0\0\0\0\0\1\0\0\4\0\3\0\0\0\0\0", 24, &request, &used);
  g_assert_false (request.desktop.one_screen);
  parse ("\373\0\4\0\3\0\1\0\0\0\0\0\0\0\0\0\3\0\3\0\0\0\0\0", 24, &request, &used);
  g_assert_false (request.desktop.one_screen);
  parse (wholes[11].bytes, wholes[11].size, &request, &used);
  g_assert_cmpuint (request.key.key, ==, 30);
  g_assert_true (request.key.down);
  parse ("\377\0\0\1\0\0\0\x61\0\0\1\0", 12, &request, &used);
  g_assert_cmpuint (request.key.key, ==, 0); /* no such key: the keysym counts */
}

static void
test_version (void)
{
  guint minor;

  g_assert_cmpint (rfb_parse_version ("RFB 003.003\n", 12, &minor), ==, PARSE_OK);
  g_assert_cmpuint (minor, ==, 3);
  g_assert_cmpint (rfb_parse_version ("RFB 003.008\n", 12, &minor), ==, PARSE_OK);
  g_assert_cmpuint (minor, ==, 8);
  g_assert_cmpint (rfb_parse_version ("RFB 00", 6, &minor), ==, PARSE_NEED_MORE);
  g_assert_cmpint (rfb_parse_version ("", 0, &minor), ==, PARSE_NEED_MORE);
  g_assert_cmpint (rfb_parse_version ("RFB 003.889\n", 12, &minor), ==, PARSE_BAD);
  g_assert_cmpint (rfb_parse_version ("RFB 004.001\n", 12, &minor), ==, PARSE_BAD);
  g_assert_cmpint (rfb_parse_version ("RFB 003.008\r", 12, &minor), ==, PARSE_BAD);
  g_assert_cmpint (rfb_parse_version ("GET / HTTP/1", 12, &minor), ==, PARSE_BAD);
  g_assert_cmpint (rfb_parse_version ("G", 1, &minor), ==, PARSE_BAD);
}

static void
test_plain (void)
{
  RfbPlain plain;
  gsize used;

  g_assert_cmpint (rfb_parse_plain ("\0\0\0\1\0\0\0\2xpw", 11, &plain, &used), ==, PARSE_OK);
  g_assert_cmpuint (used, ==, 11);
  g_assert_cmpmem (plain.password, plain.password_size, "pw", 2);
  g_assert_cmpint (rfb_parse_plain ("\0\0\0\1\0\0\0\2xp", 10, &plain, &used), ==, PARSE_NEED_MORE);
  g_assert_cmpint (rfb_parse_plain ("\0\0\1\0\0\0\0\0", 8, &plain, &used), ==, PARSE_BAD);
  g_assert_cmpint (rfb_parse_plain ("\0\0\0\0\377\377\377\377", 8, &plain, &used), ==, PARSE_BAD);
}

/* --- Login --- */

typedef struct
{
  Login *login;
  GByteArray *answer;
} Talk;

static void
talk_begin (Talk *talk, const char *password, gboolean tls, gboolean loopback)
{
  const LoginRules rules = { password, tls, loopback };

  talk->answer = g_byte_array_new ();
  talk->login = login_new (&rules, talk->answer);
  g_assert_cmpmem (talk->answer->data, talk->answer->len, RFB_VERSION_TEXT, RFB_VERSION_BYTES);
}

static void
talk_end (Talk *talk)
{
  login_free (talk->login);
  g_byte_array_unref (talk->answer);
}

/* Says it a byte at a time: no result may come before the last. */
static LoginResult
say (Talk *talk, const void *data, gsize size)
{
  gsize used;

  g_byte_array_set_size (talk->answer, 0);
  for (gsize part = 1; part < size; part++)
    {
      g_assert_cmpint (login_take (talk->login, data, part, &used, talk->answer), ==, LOGIN_MORE);
      g_assert_cmpuint (used, ==, 0);
    }
  return login_take (talk->login, data, size, &used, talk->answer);
}

#define ASSERT_ANSWER(talk, bytes)                                                                 \
  g_assert_cmpmem ((talk)->answer->data, (talk)->answer->len, bytes, sizeof bytes - 1)

static void
test_login_none (void)
{
  Talk talk;

  talk_begin (&talk, "", FALSE, TRUE);
  g_assert_cmpint (say (&talk, "RFB 003.008\n", 12), ==, LOGIN_STEP);
  ASSERT_ANSWER (&talk, "\1\1");
  g_assert_cmpint (say (&talk, "\1", 1), ==, LOGIN_PASSED);
  /* Not in yet, whatever it says. */
  g_assert_cmpint (say (&talk, "\1\1\1\1", 4), ==, LOGIN_MORE);
  login_accept (talk.login, talk.answer);
  ASSERT_ANSWER (&talk, "\0\0\0\0");
  g_assert_cmpint (say (&talk, "\1", 1), ==, LOGIN_READY);
  talk_end (&talk);

  talk_begin (&talk, "", FALSE, TRUE);
  g_assert_cmpint (say (&talk, "RFB 003.003\n", 12), ==, LOGIN_PASSED);
  ASSERT_ANSWER (&talk, "\0\0\0\1");
  g_byte_array_set_size (talk.answer, 0);
  login_accept (talk.login, talk.answer);
  g_assert_cmpuint (talk.answer->len, ==, 0);
  talk_end (&talk);
}

static void
respond (Talk *talk, const char *password, guint8 response[16])
{
  guint8 key[8] = { 0 };
  struct des_ctx des;

  g_assert_cmpuint (talk->answer->len, >=, 16);
  for (guint i = 0; i < 8 && password[i] != '\0'; i++)
    for (guint bit = 0; bit < 8; bit++)
      if (password[i] & (1 << bit))
        key[i] |= 0x80 >> bit;
  des_set_key (&des, key);
  des_encrypt (&des, 16, response, talk->answer->data + talk->answer->len - 16);
}

static LoginResult
try_password (const char *password, const char *given)
{
  Talk talk;
  guint8 response[16];
  LoginResult result;

  talk_begin (&talk, password, FALSE, TRUE);
  g_assert_cmpint (say (&talk, "RFB 003.008\n", 12), ==, LOGIN_STEP);
  ASSERT_ANSWER (&talk, "\1\2");
  g_assert_cmpint (say (&talk, "\2", 1), ==, LOGIN_STEP);
  respond (&talk, given, response);
  result = say (&talk, response, sizeof response);
  if (result == LOGIN_WRONG)
    g_assert_cmpmem (talk.answer->data, 4, "\0\0\0\1", 4);
  talk_end (&talk);
  return result;
}

static void
test_login_password (void)
{
  Talk talk;
  guint8 first[16];

  g_assert_cmpint (try_password ("secret", "secret"), ==, LOGIN_PASSED);
  g_assert_cmpint (try_password ("secret", "Secret"), ==, LOGIN_WRONG);
  g_assert_cmpint (try_password ("secret", ""), ==, LOGIN_WRONG);
  g_assert_cmpint (try_password ("eightchr", "eightchr"), ==, LOGIN_PASSED);
  g_assert_cmpint (try_password ("\xc3\xa4\xc3\xb6", "\xc3\xa4\xc3\xb6"), ==, LOGIN_PASSED);

  /* None is not on offer, and no challenge comes twice. */
  talk_begin (&talk, "secret", FALSE, TRUE);
  say (&talk, "RFB 003.008\n", 12);
  g_assert_cmpint (say (&talk, "\1", 1), ==, LOGIN_BROKEN);
  talk_end (&talk);
  for (guint i = 0; i < 2; i++)
    {
      talk_begin (&talk, "secret", FALSE, TRUE);
      g_assert_false (login_awaits_person (talk.login));
      say (&talk, "RFB 003.008\n", 12);
      g_assert_false (login_awaits_person (talk.login));
      say (&talk, "\2", 1);
      g_assert_true (login_awaits_person (talk.login));
      if (i == 1)
        g_assert_true (memcmp (first, talk.answer->data, 16) != 0);
      memcpy (first, talk.answer->data, 16);
      talk_end (&talk);
    }
}

static void
begin_vencrypt (Talk *talk, const char *password, gboolean loopback)
{
  talk_begin (talk, password, TRUE, loopback);
  g_assert_cmpint (say (talk, "RFB 003.008\n", 12), ==, LOGIN_STEP);
  ASSERT_ANSWER (talk, "\1\x13");
  g_assert_cmpint (say (talk, "\x13", 1), ==, LOGIN_STEP);
  ASSERT_ANSWER (talk, "\0\2");
  g_assert_cmpint (say (talk, "\0\2", 2), ==, LOGIN_STEP);
}

static LoginResult
try_plain (const char *password, const char *given)
{
  Talk talk;
  g_autoptr (GByteArray) plain = g_byte_array_new ();
  const guint8 head[8] = { 0, 0, 0, 2, 0, 0, 0, strlen (given) };
  LoginResult result;

  begin_vencrypt (&talk, password, FALSE);
  g_assert_cmpint (say (&talk, "\0\0\1\6", 4), ==, LOGIN_START_TLS);
  ASSERT_ANSWER (&talk, "\1");
  g_assert_cmpint (login_secured (talk.login, talk.answer), ==, LOGIN_STEP);
  g_byte_array_append (plain, head, sizeof head);
  g_byte_array_append (plain, (const guint8 *) "me", 2);
  g_byte_array_append (plain, (const guint8 *) given, strlen (given));
  result = say (&talk, plain->data, plain->len);
  talk_end (&talk);
  return result;
}

static void
test_login_tls (void)
{
  Talk talk;

  begin_vencrypt (&talk, "secret", FALSE);
  ASSERT_ANSWER (&talk, "\0\2\0\0\1\5\0\0\1\6");
  g_assert_cmpint (say (&talk, "\0\0\1\4", 4), ==, LOGIN_BROKEN); /* X509None was not offered */
  talk_end (&talk);
  begin_vencrypt (&talk, "longer than eight", FALSE);
  ASSERT_ANSWER (&talk, "\0\1\0\0\1\6"); /* not VNC's, which would hear but eight */
  talk_end (&talk);
  begin_vencrypt (&talk, "", TRUE);
  ASSERT_ANSWER (&talk, "\0\1\0\0\1\4");
  talk_end (&talk);
  g_assert_cmpint (try_plain ("longer than eight", "longer than eight"), ==, LOGIN_PASSED);
  g_assert_cmpint (try_plain ("longer than eight", "longer t"), ==, LOGIN_WRONG);
  g_assert_cmpint (try_plain ("secret", "secret "), ==, LOGIN_WRONG);
  g_assert_cmpint (try_plain ("secret", ""), ==, LOGIN_WRONG);
}

static void
test_login_no_way (void)
{
  Talk talk;

  talk_begin (&talk, "secret", FALSE, FALSE); /* beyond this machine, without TLS */
  g_assert_cmpint (say (&talk, "RFB 003.008\n", 12), ==, LOGIN_NO_WAY);
  g_assert_cmpuint (talk.answer->data[0], ==, 0);
  talk_end (&talk);
  talk_begin (&talk, "", TRUE, FALSE); /* without a password */
  g_assert_cmpint (say (&talk, "RFB 003.007\n", 12), ==, LOGIN_NO_WAY);
  talk_end (&talk);
  talk_begin (&talk, "secret", TRUE, FALSE); /* version 3.3 knows no TLS */
  g_assert_cmpint (say (&talk, "RFB 003.003\n", 12), ==, LOGIN_NO_WAY);
  g_assert_cmpmem (talk.answer->data, 4, "\0\0\0\0", 4);
  talk_end (&talk);
}

/* --- Penalties --- */

static void
make_source (const char *text, PenaltySource *source)
{
  struct sockaddr_in v4 = { .sin_family = AF_INET };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

  if (inet_pton (AF_INET, text, &v4.sin_addr) == 1)
    penalties_source ((struct sockaddr *) &v4, source);
  else
    {
      g_assert_cmpint (inet_pton (AF_INET6, text, &v6.sin6_addr), ==, 1);
      penalties_source ((struct sockaddr *) &v6, source);
    }
}

static void
test_penalties (void)
{
  g_autoptr (Penalties) penalties = penalties_new ();
  PenaltySource one, two;
  gint64 now = G_USEC_PER_SEC;

  make_source ("192.0.2.1", &one);
  make_source ("192.0.2.2", &two);
  for (guint i = 0; i < PENALTIES_FREE - 1; i++)
    penalties_failed (penalties, &one, now);
  g_assert_true (penalties_allow (penalties, &one, now));
  penalties_failed (penalties, &one, now);
  g_assert_false (penalties_allow (penalties, &one, now + G_USEC_PER_SEC));
  g_assert_cmpuint (penalties_get_wait (penalties, &one, now), ==, PENALTIES_SECONDS_FIRST);
  g_assert_cmpuint (penalties_get_wait (penalties, &one, now + 1), ==, PENALTIES_SECONDS_FIRST);
  g_assert_true (penalties_allow (penalties, &two, now));
  g_assert_true (penalties_allow (penalties, &one, now + PENALTIES_SECONDS_FIRST * G_USEC_PER_SEC));
  for (guint i = 0; i < 40; i++)
    penalties_failed (penalties, &one, now);
  g_assert_false (
      penalties_allow (penalties, &one, now + (PENALTIES_SECONDS_MAX - 1) * G_USEC_PER_SEC));
  g_assert_true (penalties_allow (penalties, &one, now + PENALTIES_SECONDS_MAX * G_USEC_PER_SEC));
  penalties_forgive (penalties, &one);
  penalties_failed (penalties, &one, now);
  g_assert_true (penalties_allow (penalties, &one, now));
}

static void
test_penalty_sources (void)
{
  PenaltySource a, b;

  make_source ("192.0.2.1", &a);
  make_source ("::ffff:192.0.2.1", &b);
  g_assert_cmpmem (&a, sizeof a, &b, sizeof b);
  make_source ("2001:db8::1", &a);
  make_source ("2001:db8::ffff:1", &b);
  g_assert_cmpmem (&a, sizeof a, &b, sizeof b);
  make_source ("2001:db8:0:1::1", &b);
  g_assert_true (memcmp (&a, &b, sizeof a) != 0);
}

static void
ignore (gpointer who)
{
}

/* Who goes is named by its place. */
static void
test_crowd (void)
{
  PenaltySource sources[3] = { { { 1 } }, { { 2 } }, { { 3 } } };
  CrowdMember members[] = {
    { &sources[0], 40, ignore, NULL }, { &sources[1], 10, ignore, NULL },
    { &sources[0], 30, ignore, NULL }, { &sources[0], 35, ignore, NULL },
    { &sources[1], 20, ignore, NULL },
  };
  const guint n = G_N_ELEMENTS (members);

  /* The oldest of the most, for one from elsewhere and for one of fewer. */
  g_assert_true (crowd_pick (members, n, &sources[2]) == &members[2]);
  g_assert_true (crowd_pick (members, 3, &sources[1]) == NULL); /* two each, then */
  members[1].source = &sources[2];
  g_assert_true (crowd_pick (members, n, &sources[1]) == &members[2]);
  /* Not for one of theirs, nor where each has one. */
  g_assert_null (crowd_pick (members, n, &sources[0]));
  g_assert_null (crowd_pick (members, 2, &sources[1]));
  g_assert_null (crowd_pick (members, 0, &sources[0]));
}

/* More sources than the table holds: the newest are remembered. */
static void
test_penalties_full (void)
{
  g_autoptr (Penalties) penalties = penalties_new ();
  PenaltySource source = { { 0 } };

  for (guint i = 0; i < PENALTIES_SOURCES_MAX * 4; i++)
    {
      source.bytes[0] = i & 0xff;
      source.bytes[1] = i >> 8;
      for (guint j = 0; j < PENALTIES_FREE; j++)
        penalties_failed (penalties, &source, i + 1);
      g_assert_false (penalties_allow (penalties, &source, i + 1));
    }
  source.bytes[0] = source.bytes[1] = 0;
  g_assert_true (penalties_allow (penalties, &source, 1));
}

static void
test_keysyms (void)
{
  static const struct
  {
    guint32 keysym, key;
  } cases[] = {
    { 'a', 0x1e },    { 'A', 0x1e },    { '1', 0x02 },      { '!', 0x02 },    { '0', 0x0b },
    { '=', 0x0d },    { 'z', 0x2c },    { '/', 0x35 },      { '?', 0x35 },    { ' ', 0x39 },
    { '\\', 0x2b },   { '|', 0x2b },    { '`', 0x29 },      { '~', 0x29 },    { '\'', 0x28 },
    { '"', 0x28 },    { ']', 0x1b },    { 0xff0d, 0x1c },   { 0xff51, 0xcb }, { 0xffbe, 0x3b },
    { 0xffc9, 0x58 }, { 0xffff, 0xd3 }, { 0xffe1, 0x2a },   { 0, 0 },         { 0x10061, 0 },
    { 0xe4, 0 },      { 0x7f, 0 },      { G_MAXUINT32, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("keysym 0x%x", cases[i].keysym);
      g_assert_cmpuint (vnc_keysym_to_key (cases[i].keysym), ==, cases[i].key);
    }
  for (guint32 keysym = 0x20; keysym < 0x7f; keysym++)
    g_assert_cmpuint (vnc_keysym_to_key (keysym), !=, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/rfb-parse/whole", test_whole);
  g_test_add_func ("/display/rfb-parse/bad", test_bad);
  g_test_add_func ("/display/rfb-parse/formats", test_formats);
  g_test_add_func ("/display/rfb-parse/fields", test_fields);
  g_test_add_func ("/display/rfb-parse/version", test_version);
  g_test_add_func ("/display/rfb-parse/plain", test_plain);
  g_test_add_func ("/display/login/none", test_login_none);
  g_test_add_func ("/display/login/password", test_login_password);
  g_test_add_func ("/display/login/tls", test_login_tls);
  g_test_add_func ("/display/login/no-way", test_login_no_way);
  g_test_add_func ("/display/penalties/delay", test_penalties);
  g_test_add_func ("/display/penalties/sources", test_penalty_sources);
  g_test_add_func ("/display/penalties/full", test_penalties_full);
  g_test_add_func ("/display/crowd", test_crowd);
  g_test_add_func ("/display/vnc/keysyms", test_keysyms);
  return g_test_run ();
}
