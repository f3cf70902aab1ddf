/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whether a disk error that paused the guest is one of a flush, which QEMU's event does not tell
 * from a write. Runs in vitrine-vmm; changes nothing of the disk.
 *
 * Once fdatasync() has failed on a file, QEMU flushes that file no more and answers each flush with
 * the same error: nobody can say what of it the kernel has thrown away. A guest that is resumed is
 * paused again at once, for ever. So QEMU is asked to put an overlay that does not exist over the
 * file's node: it flushes the node first and says if that failed, and refuses the rest in any case.
 */
#include "supervisor-private.h"

#include <string.h>

#define NO_OVERLAY "no-such-overlay"

typedef struct
{
  Supervisor *self;
  const GuestDisk *disk;
} FlushQuestion;

/* QEMU 10 has the first sentence, older ones the second. */
static gboolean
says_flush_failed (const char *text)
{
  return g_str_has_prefix (text, "Write to node") || strstr (text, "IO error") != NULL;
}

static void
on_answer (JsonNode *result, const GError *error, gpointer data)
{
  g_autofree FlushQuestion *question = data;
  Supervisor *self = question->self;

  if (error == NULL || self->phase != PHASE_RUNNING || self->io_error == NULL ||
      self->io_is_final || strstr (error->message, NO_OVERLAY) != NULL ||
      !says_flush_failed (error->message))
    return;
  g_free (self->io_error);
  self->io_error = run_state_describe_flush (question->disk);
  self->io_is_final = TRUE;
  self->io_logged = FALSE;
  supervisor_refresh (self, NULL);
}

void
supervisor_ask_for_flush (Supervisor *self, JsonNode *data)
{
  const GuestDisk *disk = run_state_find_flushed (data, self->launch->definition);
  JsonObject *arguments;
  g_autofree char *node = NULL;
  FlushQuestion *question;

  if (disk == NULL)
    return;
  node = g_strdup_printf ("disk%u-file", disk->index);
  arguments = json_object_new ();
  json_object_set_string_member (arguments, "node", node);
  json_object_set_string_member (arguments, "overlay", NO_OVERLAY);
  question = g_new (FlushQuestion, 1);
  *question = (FlushQuestion) { self, disk };
  qmp_client_send (self->qmp, "blockdev-snapshot", arguments, -1, 0, on_answer, question);
}
