/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Words of QEMU's human monitor, and what they are in QMP. Runs in the front ends.
 */
#include "config.h"

#include "monitor-words.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

typedef enum
{
  TAKES_NOTHING,
  TAKES_KEYS,
  TAKES_MIB,
  TAKES_PATH,
  TAKES_PROPERTY, /* a path and a property */
  IS_LINE,        /* of the human monitor, which has no QMP command for it */
} Takes;

typedef struct
{
  const char *words;
  const char *verb; /* of QMP; NULL for IS_LINE */
  const char *help; /* translatable */
  Takes takes;
} Word;

static const Word table[] = {
  { "info status", "query-status", N_ ("Whether the guest runs") },
  { "info name", "query-name", N_ ("The guest's name") },
  { "info uuid", "query-uuid", N_ ("The guest's identity") },
  { "info version", "query-version", N_ ("QEMU's version") },
  { "info kvm", "query-kvm", N_ ("Whether the processor itself runs the guest") },
  { "info cpus", "query-cpus-fast", N_ ("Its processors") },
  { "info registers", NULL, N_ ("Registers of the first processor"), IS_LINE },
  { "info registers -a", NULL, N_ ("Registers of every processor"), IS_LINE },
  { "info lapic", NULL, N_ ("The first processor's interrupt controller"), IS_LINE },
  { "info pic", "x-query-interrupt-controllers", N_ ("The machine's interrupt controllers") },
  { "info irq", "x-query-irq", N_ ("How often each interrupt came") },
  { "info memory_size_summary", "query-memory-size-summary", N_ ("Its memory") },
  { "info memdev", "query-memdev", N_ ("What its memory is made of") },
  { "info balloon", "query-balloon", N_ ("Memory that the guest gave back") },
  { "info mtree", NULL, N_ ("The map of its addresses"), IS_LINE },
  { "info numa", "x-query-numa", N_ ("Memory and processors by node") },
  { "info ramblock", "x-query-ramblock", N_ ("Pieces of memory that QEMU allocated") },
  { "info roms", "x-query-roms", N_ ("Firmware that was loaded") },
  { "info jit", "x-query-jit", N_ ("Software emulation's translated code") },
  { "info block", "query-block", N_ ("Its drives and their media") },
  { "info blockstats", "query-blockstats", N_ ("What its drives have read and written") },
  { "info block-jobs", "query-block-jobs", N_ ("Tasks on its drives") },
  { "info pci", "query-pci", N_ ("Devices on the PCI buses") },
  { "info usb", "x-query-usb", N_ ("Devices on the USB buses") },
  { "info virtio", "x-query-virtio", N_ ("Virtio devices") },
  { "info qtree", NULL, N_ ("Every device with its properties"), IS_LINE },
  { "info qom-tree", NULL, N_ ("Every object of QEMU"), IS_LINE },
  { "info network", NULL, N_ ("Its network cards"), IS_LINE },
  { "info rx-filter", "query-rx-filter", N_ ("What its network cards listen to") },
  { "info mice", "query-mice", N_ ("Its pointing devices") },
  { "info chardev", "query-chardev", N_ ("Its character devices") },
  { "info tpm", "query-tpm", N_ ("Its security chip") },
  { "info iothreads", "query-iothreads", N_ ("QEMU's threads for drives") },
  { "info audiodevs", "query-audiodevs", N_ ("Its sound") },
  { "qom-list", "qom-list", N_ ("PATH: what an object of QEMU has"), TAKES_PATH },
  { "qom-get", "qom-get", N_ ("PATH PROPERTY: one property of an object"), TAKES_PROPERTY },
  { "stop", "stop", N_ ("Pause the guest") },
  { "cont", "cont", N_ ("Let it run on") },
  { "system_reset", "system_reset", N_ ("Reset it, as by its button") },
  { "system_powerdown", "system_powerdown", N_ ("Press its power button") },
  { "system_wakeup", "system_wakeup", N_ ("Wake it from its sleep") },
  { "nmi", "inject-nmi", N_ ("Send it a non-maskable interrupt") },
  { "sendkey", "send-key", N_ ("KEYS: press keys together, such as ctrl-alt-delete"), TAKES_KEYS },
  { "balloon", "balloon", N_ ("MIB: ask it to make do with so much memory"), TAKES_MIB },
};

G_STATIC_ASSERT (TAKES_NOTHING == 0);

const char *
monitor_words_offer (guint n)
{
  return n < G_N_ELEMENTS (table) ? table[n].words : NULL;
}

gboolean
monitor_words_is_help (const char *typed)
{
  g_autofree char *line = g_strstrip (g_strdup (typed));

  return strcmp (line, "help") == 0 || strcmp (line, "?") == 0 || strcmp (line, "info") == 0;
}

char *
monitor_words_help (void)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_string_append_printf (text, "%-26s %s\n", table[i].words, _ (table[i].help));
  g_string_append (text, _ ("Any QMP command works as well: NAME, NAME key=value… or JSON. Those "
                            "that could leave the guest are refused and say why."));
  return g_string_free (text, FALSE);
}

/* --- Words to QMP --- */

static gboolean
fail (GError **error, const char *what)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, what);
  return FALSE;
}

static void
begin (JsonBuilder *builder, const char *verb)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "execute");
  json_builder_add_string_value (builder, verb);
  json_builder_set_member_name (builder, "arguments");
  json_builder_begin_object (builder);
}

static char *
end (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = NULL;

  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static void
add_text (JsonBuilder *builder, const char *key, const char *value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, value);
}

/* "ctrl-alt-delete": QEMU's names of keys, or numbers such as 0x1c. */
static gboolean
add_keys (JsonBuilder *builder, const char *text, GError **error)
{
  g_auto (GStrv) keys = g_strsplit (text, "-", MONITOR_KEYS_MAX + 1);

  if (g_strv_length (keys) > MONITOR_KEYS_MAX)
    return fail (error, _ ("That is more keys than can be pressed together"));
  json_builder_set_member_name (builder, "keys");
  json_builder_begin_array (builder);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      gboolean is_number = g_str_has_prefix (keys[i], "0x");

      json_builder_begin_object (builder);
      add_text (builder, "type", is_number ? "number" : "qcode");
      json_builder_set_member_name (builder, "data");
      if (is_number)
        json_builder_add_int_value (builder, g_ascii_strtoull (keys[i], NULL, 16) & 0xffff);
      else
        json_builder_add_string_value (builder, keys[i]);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  return TRUE;
}

static gboolean
add_mib (JsonBuilder *builder, const char *text, GError **error)
{
  guint64 mib;

  if (!g_ascii_string_to_unsigned (text, 10, 1, 1 << 20, &mib, NULL))
    return fail (error, _ ("“balloon” wants a number of MiB, such as “balloon 512”"));
  json_builder_set_member_name (builder, "value");
  json_builder_add_int_value (builder, (gint64) mib << 20);
  return TRUE;
}

/* What follows the words of the table. */
static gboolean
add_operands (JsonBuilder *builder, const Word *word, char **operands, GError **error)
{
  static const guint wanted[] = {
    [TAKES_NOTHING] = 0, [TAKES_KEYS] = 1,     [TAKES_MIB] = 1,
    [TAKES_PATH] = 1,    [TAKES_PROPERTY] = 2, [IS_LINE] = 0,
  };

  if (g_strv_length (operands) != wanted[word->takes])
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   /* Translators: a command of the monitor and its own description. */
                   _ ("“%s” is written in another way: %s"), word->words, _ (word->help));
      return FALSE;
    }
  switch (word->takes)
    {
    case TAKES_KEYS:
      return add_keys (builder, operands[0], error);
    case TAKES_MIB:
      return add_mib (builder, operands[0], error);
    case TAKES_PROPERTY:
      add_text (builder, "property", operands[1]);
      add_text (builder, "path", operands[0]);
      break;
    case TAKES_PATH:
      add_text (builder, "path", operands[0]);
      break;
    case IS_LINE:
      add_text (builder, "command-line", word->words);
      break;
    case TAKES_NOTHING:
      break;
    }
  return TRUE;
}

/* The longest entry that the words begin with. */
static const Word *
find (char **words, guint *ret_used)
{
  const Word *best = NULL;

  *ret_used = 0;
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_auto (GStrv) own = g_strsplit (table[i].words, " ", -1);
      guint n = g_strv_length (own);
      guint same = 0;

      while (same < n && words[same] != NULL && strcmp (own[same], words[same]) == 0)
        same++;
      if (same == n && n > *ret_used)
        {
          best = &table[i];
          *ret_used = n;
        }
    }
  return best;
}

/* A command that the table does not have: QMP's own name, and key=value. */
static char *
plain_command (JsonBuilder *builder, char **words, GError **error)
{
  begin (builder, words[0]);
  for (guint i = 1; words[i] != NULL; i++)
    {
      char *equals = strchr (words[i], '=');

      /* Words of the human monitor have operands of other kinds: vmm says what it thinks of it. */
      if (equals == NULL || equals == words[i])
        continue;
      *equals = '\0';
      add_text (builder, words[i], equals + 1);
    }
  return end (builder);
}

/* The words of a line without the empty ones between double spaces. */
static GStrv
split (const char *line)
{
  g_auto (GStrv) pieces = g_strsplit_set (line, " \t", -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (guint i = 0; pieces[i] != NULL; i++)
    if (*pieces[i] != '\0')
      g_strv_builder_add (words, pieces[i]);
  return g_strv_builder_end (words);
}

char *
monitor_words_to_json (const char *typed, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *line = g_strstrip (g_utf8_make_valid (typed, -1));
  g_auto (GStrv) words = split (line);
  const Word *word;
  guint used;

  if (*line == '{')
    return g_steal_pointer (&line);
  if (words[0] == NULL || strlen (line) > MONITOR_LINE_MAX)
    {
      fail (error, words[0] == NULL ? _ ("Type a command, or “help”")
                                    : _ ("That line is too long for the monitor"));
      return NULL;
    }
  word = find (words, &used);
  if (word == NULL)
    return plain_command (builder, words, error);
  begin (builder, word->verb != NULL ? word->verb : "human-monitor-command");
  if (!add_operands (builder, word, words + used, error))
    return NULL;
  return end (builder);
}
