/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How a VNC viewer gets in: version, security type, VeNCrypt, password, up to its ClientInit. A
 * state machine from bytes to bytes without sockets or clocks.
 */
#pragma once

#include "cursor.h"
#include "front/rfb-wire.h"

typedef struct
{
  const char *password; /* empty: none is asked; outlives the login */
  gboolean tls;         /* nothing is offered without it */
  gboolean loopback;    /* only this machine can reach the listening socket */
  /* The bytes come through a WebSocket, with TLS around it where the rules ask for that: its own
   * page, and noVNC, log in by VeNCrypt's Plain. */
  gboolean web;
  /* Whether a token is good, which it is once. NULL: there are none. */
  gboolean (*take_token) (const guint8 *token, gsize size, gpointer token_data);
  gpointer token_data;
} LoginRules;

typedef enum
{
  LOGIN_MORE,       /* not a whole message yet */
  LOGIN_STEP,       /* one taken; there may be more */
  LOGIN_START_TLS,  /* send the answer, start TLS, then login_secured () */
  LOGIN_PASSED,     /* login_accept () or login_refuse () is next */
  LOGIN_READY,      /* ClientInit has come: the console may be shown */
  LOGIN_BROKEN,     /* send the answer and close, as after the next three */
  LOGIN_WRONG,      /* the password */
  LOGIN_WRONG_LINK, /* the token */
  LOGIN_NO_WAY,     /* the rules leave this viewer no way in without TLS */
} LoginResult;

typedef struct _Login Login;

/* The server's first bytes are appended to `answer`. */
Login *login_new (const LoginRules *rules, GByteArray *answer);
void login_free (Login *login);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Login, login_free)

/* Takes one message of the viewer's, of the length *ret_used (0 with LOGIN_MORE). */
LoginResult login_take (Login *login,
                        const guint8 *data,
                        gsize size,
                        gsize *ret_used,
                        GByteArray *answer);
/* The password is awaited, which a person may have yet to find, after a look at the certificate. */
gboolean login_awaits_person (const Login *login);
/* LOGIN_STEP or LOGIN_PASSED. */
LoginResult login_secured (Login *login, GByteArray *answer);
void login_accept (Login *login, GByteArray *answer);
/* `reason` is for the person at the viewer. */
void login_refuse (Login *login, const char *reason, GByteArray *answer);
