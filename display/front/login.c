/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The RFB handshake up to ClientInit (RFC 6143 section 7.1 and 7.2, VeNCrypt from rfbproto.rst).
 * Runs in vitrine-display on bytes off the network. Must never let anyone in whom the rules keep
 * out, nor tell by its timing how much of a password was right.
 */
#include "login.h"

#include "front/rfb-parse.h"
#include "ipc/web-wire.h"

#include <gnutls/crypto.h>
#include <nettle/des.h>

#define VNC_PASSWORD_BYTES 8u
#define PASSWORD_ROOM 256u

typedef enum
{
  STATE_VERSION,
  STATE_SECURITY,
  STATE_VENCRYPT_VERSION,
  STATE_VENCRYPT_KIND,
  STATE_TLS, /* nothing is taken meanwhile */
  STATE_CHALLENGE,
  STATE_PLAIN,
  STATE_PASSED, /* nothing is taken until accepted */
  STATE_INIT,
  STATE_OVER,
} State;

struct _Login
{
  LoginRules rules;
  State state;
  guint minor;
  RfbSecurity offers[2]; /* those that the rules allow */
  guint n_offers;
  RfbSecurity chosen;
  guint8 challenge[RFB_CHALLENGE_BYTES];
};

static void
put_u8 (GByteArray *answer, guint8 value)
{
  g_byte_array_append (answer, &value, 1);
}

static void
put_u32 (GByteArray *answer, guint32 value)
{
  guint32 big = GUINT32_TO_BE (value);
  g_byte_array_append (answer, (const guint8 *) &big, sizeof big);
}

static void
put_reason (GByteArray *answer, const char *reason)
{
  put_u32 (answer, strlen (reason));
  g_byte_array_append (answer, (const guint8 *) reason, strlen (reason));
}

/* VeNCrypt is how TLS begins, or how a browser says a whole password. */
static gboolean
uses_vencrypt (const Login *login)
{
  return (login->rules.tls && !login->rules.web) || login->offers[0] == RFB_SECURITY_PLAIN;
}

static void
offer (Login *login, RfbSecurity security)
{
  login->offers[login->n_offers++] = security;
}

/* VNC's own password check hears the first eight bytes only: beyond this machine it is offered only
 * where they are the whole password. */
static void
choose_offers (Login *login)
{
  const LoginRules *rules = &login->rules;
  gsize length = strlen (rules->password);

  if (rules->web && length > 0 && (rules->tls || rules->loopback))
    offer (login, RFB_SECURITY_PLAIN);
  else if (rules->web && rules->loopback)
    offer (login, RFB_SECURITY_NONE);
  else if (length == 0 && rules->loopback)
    offer (login, rules->tls ? RFB_SECURITY_X509_NONE : RFB_SECURITY_NONE);
  else if (length > 0 && rules->tls)
    {
      if (length <= VNC_PASSWORD_BYTES)
        offer (login, RFB_SECURITY_X509_VNC);
      offer (login, RFB_SECURITY_X509_PLAIN);
    }
  else if (length > 0 && rules->loopback)
    offer (login, RFB_SECURITY_VNC);
}

Login *
login_new (const LoginRules *rules, GByteArray *answer)
{
  Login *login = g_new0 (Login, 1);

  login->rules = *rules;
  choose_offers (login);
  g_byte_array_append (answer, (const guint8 *) RFB_VERSION_TEXT, RFB_VERSION_BYTES);
  return login;
}

void
login_free (Login *login)
{
  g_free (login);
}

/* --- Passwords --- */

static guint8
reverse_bits (guint8 byte)
{
  guint8 reversed = 0;

  for (guint i = 0; i < 8; i++)
    reversed |= ((byte >> i) & 1) << (7 - i);
  return reversed;
}

/* VNC's DES takes each key byte with its bits the other way round. */
static gboolean
check_response (Login *login, const guint8 *response)
{
  guint8 key[DES_KEY_SIZE] = { 0 };
  guint8 expected[RFB_CHALLENGE_BYTES];
  struct des_ctx des;
  gsize length = MIN (strlen (login->rules.password), VNC_PASSWORD_BYTES);

  for (gsize i = 0; i < length; i++)
    key[i] = reverse_bits (login->rules.password[i]);
  des_set_key (&des, key); /* FALSE for a weak key, which it sets all the same */
  des_encrypt (&des, sizeof expected, expected, login->challenge);
  return gnutls_memcmp (expected, response, sizeof expected) == 0;
}

/* Both are laid into rooms of one size, so that neither length shows. Any name will do: a console
 * has one password. */
static gboolean
check_plain (Login *login, const RfbPlain *plain)
{
  guint8 expected[PASSWORD_ROOM] = { 0 };
  guint8 given[PASSWORD_ROOM] = { 0 };
  gsize length = strlen (login->rules.password);

  g_return_val_if_fail (length < sizeof expected && plain->password_size < sizeof given, FALSE);
  memcpy (expected, login->rules.password, length);
  expected[PASSWORD_ROOM - 1] = length;
  memcpy (given, plain->password, plain->password_size);
  given[PASSWORD_ROOM - 1] = plain->password_size;
  return gnutls_memcmp (expected, given, sizeof expected) == 0;
}

static gboolean
is_token (Login *login, const RfbPlain *plain)
{
  return login->rules.take_token != NULL && plain->name_size == strlen (WEB_TOKEN_USER) &&
         memcmp (plain->name, WEB_TOKEN_USER, plain->name_size) == 0;
}

static LoginResult
pass (Login *login)
{
  login->state = STATE_PASSED;
  return LOGIN_PASSED;
}

static LoginResult
judge (Login *login, gboolean right, GByteArray *answer)
{
  if (right)
    return pass (login);
  login_refuse (login, "The password is wrong.", answer);
  return LOGIN_WRONG;
}

static LoginResult
judge_plain (Login *login, const RfbPlain *plain, GByteArray *answer)
{
  if (!is_token (login, plain))
    return judge (login, check_plain (login, plain), answer);
  if (login->rules.take_token (plain->password, plain->password_size, login->rules.token_data))
    return pass (login);
  login_refuse (login, "This link has been used, or is too old.", answer);
  return LOGIN_WRONG_LINK;
}

/* --- Choosing a way in --- */

static LoginResult
begin_challenge (Login *login, GByteArray *answer)
{
  if (gnutls_rnd (GNUTLS_RND_NONCE, login->challenge, sizeof login->challenge) != 0)
    return LOGIN_BROKEN;
  g_byte_array_append (answer, login->challenge, sizeof login->challenge);
  login->state = STATE_CHALLENGE;
  return LOGIN_STEP;
}

static LoginResult
begin_chosen (Login *login, GByteArray *answer)
{
  switch (login->chosen)
    {
    case RFB_SECURITY_VNC:
    case RFB_SECURITY_X509_VNC:
      return begin_challenge (login, answer);
    case RFB_SECURITY_PLAIN:
    case RFB_SECURITY_X509_PLAIN:
      login->state = STATE_PLAIN;
      return LOGIN_STEP;
    default:
      return pass (login);
    }
}

static LoginResult
refuse_all (Login *login, GByteArray *answer)
{
  login->state = STATE_OVER;
  if (login->minor == 3)
    put_u32 (answer, 0);
  else
    put_u8 (answer, 0);
  put_reason (answer, "This console is served with TLS and a password only, which this viewer "
                      "does not offer or the host has not set up.");
  return LOGIN_NO_WAY;
}

static LoginResult
take_version (Login *login, const guint8 *data, gsize *ret_used, GByteArray *answer)
{
  *ret_used = RFB_VERSION_BYTES;
  if (login->n_offers == 0 || (login->minor == 3 && uses_vencrypt (login)))
    return refuse_all (login, answer);
  if (login->minor == 3)
    {
      login->chosen = login->offers[0];
      put_u32 (answer, login->chosen);
      return begin_chosen (login, answer);
    }
  put_u8 (answer, 1);
  put_u8 (answer, uses_vencrypt (login) ? RFB_SECURITY_VENCRYPT : login->offers[0]);
  login->state = STATE_SECURITY;
  return LOGIN_STEP;
}

static LoginResult
take_security (Login *login, const guint8 *data, gsize *ret_used, GByteArray *answer)
{
  RfbSecurity only = uses_vencrypt (login) ? RFB_SECURITY_VENCRYPT : login->offers[0];

  *ret_used = 1;
  if (data[0] != only)
    return LOGIN_BROKEN;
  if (only == RFB_SECURITY_VENCRYPT)
    {
      put_u8 (answer, 0);
      put_u8 (answer, 2);
      login->state = STATE_VENCRYPT_VERSION;
      return LOGIN_STEP;
    }
  login->chosen = only;
  return begin_chosen (login, answer);
}

static LoginResult
take_vencrypt_version (Login *login, const guint8 *data, gsize *ret_used, GByteArray *answer)
{
  *ret_used = 2;
  if (data[0] != 0 || data[1] != 2)
    {
      put_u8 (answer, 255);
      return LOGIN_BROKEN;
    }
  put_u8 (answer, 0);
  put_u8 (answer, login->n_offers);
  for (guint i = 0; i < login->n_offers; i++)
    put_u32 (answer, login->offers[i]);
  login->state = STATE_VENCRYPT_KIND;
  return LOGIN_STEP;
}

static LoginResult
take_vencrypt_kind (Login *login, const guint8 *data, gsize *ret_used, GByteArray *answer)
{
  guint32 kind;

  memcpy (&kind, data, sizeof kind);
  kind = GUINT32_FROM_BE (kind);
  *ret_used = sizeof kind;
  for (guint i = 0; i < login->n_offers; i++)
    if (login->offers[i] == kind)
      {
        login->chosen = kind;
        if (login->rules.web)
          return begin_chosen (login, answer);
        login->state = STATE_TLS;
        put_u8 (answer, 1);
        return LOGIN_START_TLS;
      }
  put_u8 (answer, 0);
  return LOGIN_BROKEN;
}

LoginResult
login_secured (Login *login, GByteArray *answer)
{
  g_return_val_if_fail (login->state == STATE_TLS, LOGIN_BROKEN);
  return begin_chosen (login, answer);
}

static LoginResult
take_challenge (Login *login, const guint8 *data, gsize *ret_used, GByteArray *answer)
{
  *ret_used = RFB_CHALLENGE_BYTES;
  return judge (login, check_response (login, data), answer);
}

static LoginResult
take_init (Login *login, const guint8 *data, gsize *ret_used, GByteArray *answer)
{
  *ret_used = 1; /* whether the viewer wants others cut off: not its to decide */
  login->state = STATE_OVER;
  return LOGIN_READY;
}

/* The fixed-size messages. */
static const struct
{
  State state;
  gsize size;
  LoginResult (*take) (Login *login, const guint8 *data, gsize *ret_used, GByteArray *answer);
} steps[] = {
  { STATE_SECURITY, 1, take_security },
  { STATE_VENCRYPT_VERSION, 2, take_vencrypt_version },
  { STATE_VENCRYPT_KIND, 4, take_vencrypt_kind },
  { STATE_CHALLENGE, RFB_CHALLENGE_BYTES, take_challenge },
  { STATE_INIT, 1, take_init },
};

static LoginResult
take_plain (Login *login, const guint8 *data, gsize size, gsize *ret_used, GByteArray *answer)
{
  RfbPlain plain;

  switch (rfb_parse_plain (data, size, &plain, ret_used))
    {
    case PARSE_NEED_MORE:
      return LOGIN_MORE;
    case PARSE_BAD:
      return LOGIN_BROKEN;
    default:
      return judge_plain (login, &plain, answer);
    }
}

LoginResult
login_take (Login *login, const guint8 *data, gsize size, gsize *ret_used, GByteArray *answer)
{
  *ret_used = 0;
  if (login->state == STATE_VERSION)
    {
      ParseResult result = rfb_parse_version (data, size, &login->minor);

      if (result != PARSE_OK)
        return result == PARSE_BAD ? LOGIN_BROKEN : LOGIN_MORE;
      return take_version (login, data, ret_used, answer);
    }
  if (login->state == STATE_PLAIN)
    return take_plain (login, data, size, ret_used, answer);
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    if (steps[i].state == login->state)
      return size < steps[i].size ? LOGIN_MORE : steps[i].take (login, data, ret_used, answer);
  /* Out of turn: what a viewer says before it was asked for waits. */
  return LOGIN_MORE;
}

gboolean
login_awaits_person (const Login *login)
{
  return login->state == STATE_CHALLENGE || login->state == STATE_PLAIN;
}

/* Without a password, only version 3.8 and VeNCrypt tell that all is well. */
static gboolean
has_result (Login *login)
{
  return login->chosen != RFB_SECURITY_NONE || login->minor == 8;
}

void
login_accept (Login *login, GByteArray *answer)
{
  g_return_if_fail (login->state == STATE_PASSED);
  if (has_result (login))
    put_u32 (answer, 0);
  login->state = STATE_INIT;
}

void
login_refuse (Login *login, const char *reason, GByteArray *answer)
{
  login->state = STATE_OVER;
  if (!has_result (login))
    return;
  put_u32 (answer, 1);
  if (login->minor == 8)
    put_reason (answer, reason);
}
