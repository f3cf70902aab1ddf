/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A VNC viewer's login: the first byte chooses the rules, the rest is what it says. It must never
 * be let in without the password, nor over a connection without TLS where TLS is asked for.
 */
#include "front/login.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  g_autoptr (Login) login = NULL;
  LoginRules rules;
  gboolean secured = FALSE;
  gsize at = 1;

  if (size < 1)
    return 0;
  rules = (LoginRules) { .password = (data[0] & 1) ? "correct horse" : "",
                         .tls = (data[0] & 2) != 0,
                         .loopback = (data[0] & 4) != 0,
                         .web = (data[0] & 8) != 0 };
  login = login_new (&rules, answer);
  while (at < size)
    {
      gsize used = 0;
      LoginResult result = login_take (login, data + at, size - at, &used, answer);

      g_assert_cmpuint (used, <=, size - at);
      at += used;
      if (result == LOGIN_START_TLS)
        {
          secured = TRUE;
          result = login_secured (login, answer);
        }
      if (result == LOGIN_PASSED)
        {
          g_assert_true (secured || !rules.tls || rules.web);
          g_assert_true (rules.loopback || (rules.tls && rules.password[0] != '\0'));
          login_accept (login, answer);
        }
      else if (result != LOGIN_STEP)
        break;
    }
  return 0;
}
