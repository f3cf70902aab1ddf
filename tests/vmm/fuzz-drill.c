/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Any bytes as what the drill says (B3): names stay within their letters, numbers in range.
 */
#include "drill/drill-parse.h"
#include "drill/layer-proof.h"

#include <signal.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const char *text = (const char *) data;
  DrillLine line;
  gsize used;
  IsolationProofs proofs = layer_proof_judge (text, size, size % 2 == 0 ? SIGSYS : 0);

  g_assert_cmpint (proofs.landlock, !=, PROOF_PENDING);
  g_assert_cmpint (proofs.seccomp, !=, PROOF_PENDING);
  g_assert_cmpint (proofs.code, !=, PROOF_PENDING);
  while (drill_parse_line (text, size, &line, &used) == PARSE_OK)
    {
      g_assert_cmpuint (used, >, 0);
      g_assert_cmpuint (used, <=, MIN (size, DRILL_LINE_MAX));
      g_assert_cmpuint (strspn (line.name, "abcdefghijklmnopqrstuvwxyz0123456789-"), ==,
                        strlen (line.name));
      g_assert_cmpuint (line.code, <=, 4095);
      text += used;
      size -= used;
    }
  return 0;
}
