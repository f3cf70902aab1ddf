/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of guest.conf's keys and the checks of single values (B6). Runs in app and vmm; must
 * never open a file, nor assert on what one holds.
 */
#include "config.h"

#include "guest-definition-fields.h"

#include "forward-spec.h"
#include "guest-definition-lines.h"
#include "nbd-address-parse.h"
#include "paths.h"
#include "share-address.h"

#include <glib/gi18n-lib.h>
#include <limits.h>
#include <string.h>

#define SHOWN_CHARS_MAX 60

static const char *const firmware_words[] = { "bios", "uefi", NULL };
static const char *const machine_words[] = { "q35", "pc", NULL };
static const char *const accel_words[] = { "auto", "kvm", "tcg", NULL };
static const char *const isolation_words[] = { "preferred", "required", NULL };
static const char *const video_words[] = { "std", "virtio", "qxl", NULL };
static const char *const pointer_words[] = { "tablet", "mouse", NULL };
static const char *const sound_words[] = { "hda", "ac97", "none", NULL };
static const char *const format_words[] = { "qcow2", "raw", NULL };
static const char *const media_words[] = { "disk", "cdrom", NULL };
static const char *const bus_words[] = { "virtio", "sata", "scsi", "ide", NULL };
static const char *const clipboard_words[] = { "off", "to-guest", "from-guest", "both", "ask", NULL };
static const char *const network_words[] = { "offline", "internet", "lan", "bridge", NULL };
static const char *const nic_words[] = { "virtio", "e1000e", "rtl8139", "none", NULL };
static const char *const boolean_words[] = { "false", "true", NULL };

const char *
guest_firmware_word (GuestFirmware value)
{
  return firmware_words[value];
}

const char *
guest_machine_word (GuestMachine value)
{
  return machine_words[value];
}

const char *
guest_accel_word (GuestAccel value)
{
  return accel_words[value];
}

const char *
guest_isolation_word (GuestIsolation value)
{
  return isolation_words[value];
}

const char *
guest_video_word (GuestVideo value)
{
  return video_words[value];
}

const char *
guest_pointer_word (GuestPointer value)
{
  return pointer_words[value];
}

const char *
guest_sound_word (GuestSound value)
{
  return sound_words[value];
}

const char *
guest_disk_format_word (GuestDiskFormat value)
{
  return format_words[value];
}

const char *
guest_media_word (GuestDiskMedia value)
{
  return media_words[value];
}

const char *
guest_bus_word (GuestDiskBus value)
{
  return bus_words[value];
}

const char *
guest_network_word (GuestNetwork value)
{
  return network_words[value];
}

const char *
guest_nic_word (GuestNic value)
{
  return nic_words[value];
}

/* Untrusted text for a message: short, and without control characters. */
static char *
shown (const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);
  guint count = 0;

  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    {
      if (count++ == SHOWN_CHARS_MAX)
        {
          g_string_append (out, "…");
          break;
        }
      g_string_append_unichar (out, g_unichar_iscntrl (g_utf8_get_char (c)) ? 0xfffd
                                                                            : g_utf8_get_char (c));
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gboolean
refuse (GError **error, const GuestField *field, const char *text)
{
  g_autofree char *words = field->words != NULL ? g_strjoinv (", ", (GStrv) field->words) : NULL;
  g_autofree char *value = shown (text);

  if (words != NULL)
    /* Translators: a key of guest.conf, its value, the words that are allowed. */
    g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
                 _ ("%s: '%s' is not one of: %s"), field->key, value, words);
  else if (field->max > 0)
    /* Translators: a key of guest.conf, its value, “a number of MiB” or the like, its bounds. */
    g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
                 _ ("%s: '%s' is not %s between %u and %u"), field->key, value, _ (field->allowed),
                 field->min, field->max);
  else
    /* Translators: a key of guest.conf, its value, “an absolute path …” or the like. */
    g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
                 _ ("%s: '%s' is not %s"), field->key, value, _ (field->allowed));
  return FALSE;
}

static gboolean
parse_word (const GuestField *field, const char *text, gpointer at, GError **error)
{
  g_autofree char *word = g_strchomp (g_strdup (text));

  for (gint i = 0; field->words[i] != NULL; i++)
    if (strcmp (word, field->words[i]) == 0)
      {
        *(gint *) at = i;
        return TRUE;
      }
  return refuse (error, field, text);
}

static char *
format_word (const GuestField *field, gconstpointer at)
{
  return g_strdup (field->words[*(const gint *) at]);
}

static gboolean
parse_number (const GuestField *field, const char *text, gpointer at, GError **error)
{
  g_autofree char *digits = g_strchomp (g_strdup (text));
  guint64 number;

  if (!g_ascii_string_to_unsigned (digits, 10, field->min, field->max, &number, NULL))
    return refuse (error, field, text);
  *(guint *) at = number;
  return TRUE;
}

/* 0 is none; what is below the least would not do. */
static gboolean
parse_limit (const GuestField *field, const char *text, gpointer at, GError **error)
{
  g_autofree char *digits = g_strchomp (g_strdup (text));
  guint64 number;

  if (!g_ascii_string_to_unsigned (digits, 10, 0, field->max, &number, NULL) ||
      (number > 0 && number < field->min))
    return refuse (error, field, text);
  *(guint *) at = number;
  return TRUE;
}

static char *
format_number (const GuestField *field, gconstpointer at)
{
  return g_strdup_printf ("%u", *(const guint *) at);
}

/* One line of text that can be shown and passed on: not too long, no control characters. */
static gboolean
is_plain (const char *text, gsize bytes_max)
{
  gsize size = strlen (text);

  if (size > bytes_max || !g_utf8_validate (text, size, NULL))
    return FALSE;
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar one = g_utf8_get_char (c);

      if (g_unichar_iscntrl (one) || one == 0x2028 || one == 0x2029)
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_absolute (const char *text)
{
  return text[0] == '/' && text[1] != '\0' && is_plain (text, GUEST_PATH_BYTES_MAX);
}

static gboolean
keep_string (const char *text, gpointer at)
{
  g_free (*(char **) at);
  *(char **) at = *text != '\0' ? g_strdup (text) : NULL;
  return TRUE;
}

static char *
format_string (const GuestField *field, gconstpointer at)
{
  const char *text = *(char *const *) at;

  return g_strdup (text != NULL ? text : "");
}

static gboolean
parse_uuid (const GuestField *field, const char *text, gpointer at, GError **error)
{
  g_autofree char *word = g_strchomp (g_strdup (text));

  return paths_is_uuid (word) ? keep_string (word, at) : refuse (error, field, text);
}

static gboolean
parse_name (const GuestField *field, const char *text, gpointer at, GError **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  gboolean good = *stripped != '\0' && is_plain (text, GUEST_NAME_BYTES_MAX);

  return good ? keep_string (text, at) : refuse (error, field, text);
}

static gboolean
parse_line (const GuestField *field, const char *text, gpointer at, GError **error)
{
  return is_plain (text, GUEST_CMDLINE_BYTES_MAX) ? keep_string (text, at)
                                                  : refuse (error, field, text);
}

static gboolean
parse_path (const GuestField *field, const char *text, gpointer at, GError **error)
{
  return *text == '\0' || is_absolute (text) ? keep_string (text, at) : refuse (error, field, text);
}

static gboolean
parse_nbd (const GuestField *field, const char *text, gpointer at, GError **error)
{
  const char *why = NULL;
  g_autoptr (NbdAddress) address = nbd_address_parse (text, &why);
  g_autofree char *value = shown (text);

  if (address != NULL)
    return keep_string (text, at);
  /* Translators: a key of guest.conf, an address, “it names no server” or the like. */
  g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
               _ ("%s: '%s' is not the address of a disk on an NBD server: %s"), field->key, value,
               _ (why));
  return FALSE;
}

/* Absolute, or a plain name that cannot lead out of the disks/ folder, or on an NBD server. */
static gboolean
parse_file (const GuestField *field, const char *text, gpointer at, GError **error)
{
  gboolean plain =
      *text != '\0' && *text != '.' && strchr (text, '/') == NULL && is_plain (text, NAME_MAX);

  if (nbd_address_is_meant (text))
    return parse_nbd (field, text, at, error);
  return plain || is_absolute (text) ? keep_string (text, at) : refuse (error, field, text);
}

static gboolean
parse_paths (const GuestField *field, const char *text, gpointer at, GError **error)
{
  g_auto (GStrv) paths = definition_lines_unescape_list (text, strlen (text));

  if (paths == NULL || g_strv_length (paths) > GUEST_BACKING_MAX)
    return refuse (error, field, text);
  for (guint i = 0; paths[i] != NULL; i++)
    if (!is_absolute (paths[i]))
      return refuse (error, field, paths[i]);
  g_strfreev (*(GStrv *) at);
  *(GStrv *) at = g_steal_pointer (&paths);
  return TRUE;
}

/* Each is written back in full, so that what the file says is what happens. */
static gboolean
parse_forwards (const GuestField *field, const char *text, gpointer at, GError **error)
{
  g_auto (GStrv) texts = definition_lines_unescape_list (text, strlen (text));

  if (texts == NULL || g_strv_length (texts) > FORWARD_SPECS_MAX)
    return refuse (error, field, text);
  for (guint i = 0; texts[i] != NULL; i++)
    {
      g_autoptr (ForwardSpec) spec = forward_spec_parse (texts[i], NULL);

      if (spec == NULL)
        return refuse (error, field, texts[i]);
      g_free (texts[i]);
      texts[i] = forward_spec_format (spec);
    }
  g_strfreev (*(GStrv *) at);
  *(GStrv *) at = g_steal_pointer (&texts);
  return TRUE;
}

static gboolean
parse_address (const GuestField *field, const char *text, gpointer at, GError **error)
{
  g_autofree char *word = g_strstrip (g_strdup (text));
  g_autoptr (GInetAddress) address = *word != '\0' ? share_address_parse (word, NULL) : NULL;

  return *word == '\0' || address != NULL ? keep_string (word, at) : refuse (error, field, text);
}

static char *
format_paths (const GuestField *field, gconstpointer at)
{
  return definition_lines_escape_list (*(const char *const *const *) at);
}

#define AT(member) G_STRUCT_OFFSET (GuestDefinition, member)
#define DISK_AT(member) G_STRUCT_OFFSET (GuestDisk, member)
#define WORD(words) parse_word, format_word, words
#define NUMBER(min, max, what) parse_number, format_number, NULL, min, max, what
#define STRING(parse, what) parse, format_string, NULL, 0, 0, what
#define LIMIT(least, most) parse_limit, format_number, NULL, least, most, N_ ("0 or a number")

static const GuestField fields[] = {
  { "guest", "uuid", GUEST_FIELD_REQUIRED | GUEST_FIELD_FIXED, AT (uuid),
    STRING (parse_uuid, N_ ("a UUID in lower case")) },
  { "guest", "name", GUEST_FIELD_REQUIRED, AT (name),
    STRING (parse_name, N_ ("a name of 1 to 128 bytes without control characters")) },
  { "guest", "memory", 0, AT (memory_mib),
    NUMBER (GUEST_MEMORY_MIB_MIN, GUEST_MEMORY_MIB_MAX, N_ ("a number of MiB")) },
  { "guest", "cpus", 0, AT (cpus), NUMBER (1, GUEST_CPUS_MAX, N_ ("a number")) },
  { "guest", "os", 0, AT (os),
    STRING (parse_line, N_ ("one line of at most 2048 bytes without control characters")) },
  { "guest", "firmware", 0, AT (firmware), WORD (firmware_words) },
  { "guest", "machine", 0, AT (machine), WORD (machine_words) },
  { "guest", "accel", 0, AT (accel), WORD (accel_words) },
  { "guest", "isolation", 0, AT (isolation), WORD (isolation_words) },
  { "boot", "kernel", 0, AT (kernel), STRING (parse_path, N_ ("an absolute path")) },
  { "boot", "initrd", 0, AT (initrd), STRING (parse_path, N_ ("an absolute path")) },
  { "boot", "cmdline", 0, AT (cmdline),
    STRING (parse_line, N_ ("one line of at most 2048 bytes without control characters")) },
  { "display", "device", 0, AT (video), WORD (video_words) },
  { "display", "pointer", 0, AT (pointer), WORD (pointer_words) },
  { "display", "heads", 0, AT (heads), NUMBER (1, GUEST_HEADS_MAX, N_ ("a number")) },
  { "clipboard", "policy", 0, AT (clipboard), WORD (clipboard_words) },
  { "sound", "device", 0, AT (sound), WORD (sound_words) },
  { "sound", "microphone", 0, AT (microphone), WORD (boolean_words) },
  { "network", "policy", 0, AT (network), WORD (network_words) },
  { "network", "device", 0, AT (nic), WORD (nic_words) },
  { "network", "forward", GUEST_FIELD_LIST, AT (forwards), parse_forwards, format_paths,
    .allowed = N_ ("a list of at most 64 forwards such as tcp:127.0.0.1:8080:80, apart by “;”") },
  { "network", "dns", 0, AT (dns), STRING (parse_address, N_ ("an IPv4 or IPv6 address")) },
  { "network", "rate-in", 0, AT (rate_in),
    NUMBER (0, GUEST_RATE_MAX, N_ ("a number of kB a second")) },
  { "network", "rate-out", 0, AT (rate_out),
    NUMBER (0, GUEST_RATE_MAX, N_ ("a number of kB a second")) },
  { "limits", "cpu", 0, AT (limits.cpu), LIMIT (GUEST_LIMIT_CPU_MIN, GUEST_LIMIT_CPU_MAX) },
  { "limits", "memory", 0, AT (limits.memory),
    LIMIT (GUEST_LIMIT_MEMORY_MIN, GUEST_MEMORY_MIB_MAX) },
  { "limits", "disk-rate", 0, AT (limits.disk_rate), LIMIT (1, GUEST_LIMIT_RATE_MAX) },
  { "limits", "disk-iops", 0, AT (limits.disk_iops), LIMIT (1, GUEST_LIMIT_RATE_MAX) },
  { "limits", "processes", 0, AT (limits.processes),
    LIMIT (GUEST_LIMIT_PROCESSES_MIN, GUEST_LIMIT_PROCESSES_MAX) },
  { "limits", "descriptors", 0, AT (limits.descriptors),
    LIMIT (GUEST_LIMIT_DESCRIPTORS_MIN, GUEST_LIMIT_DESCRIPTORS_MAX) },
};

static const GuestField disk_fields[] = {
  { NULL, "file", GUEST_FIELD_REQUIRED, DISK_AT (file),
    STRING (parse_file, N_ ("an absolute path, a plain name inside the guest's disks folder, or an "
                            "address such as nbd://server/export")) },
  { NULL, "format", GUEST_FIELD_REQUIRED, DISK_AT (format), WORD (format_words) },
  { NULL, "media", 0, DISK_AT (media), WORD (media_words) },
  { NULL, "bus", 0, DISK_AT (bus), WORD (bus_words) },
  { NULL, "read-only", 0, DISK_AT (read_only), WORD (boolean_words) },
  { NULL, "allow-backing", GUEST_FIELD_LIST, DISK_AT (allow_backing), parse_paths, format_paths,
    .allowed = N_ ("a list of at most 16 absolute paths, apart by “;”") },
  { NULL, "tls-ca", 0, DISK_AT (tls_ca), STRING (parse_path, N_ ("an absolute path")) },
  { NULL, "tls-cert", 0, DISK_AT (tls_cert), STRING (parse_path, N_ ("an absolute path")) },
  { NULL, "tls-key", 0, DISK_AT (tls_key), STRING (parse_path, N_ ("an absolute path")) },
};

const GuestField *
guest_fields (gsize *count)
{
  *count = G_N_ELEMENTS (fields);
  return fields;
}

const GuestField *
guest_disk_fields (gsize *count)
{
  *count = G_N_ELEMENTS (disk_fields);
  return disk_fields;
}

const GuestField *
guest_field_find (const char *group, const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    if (strcmp (fields[i].group, group) == 0 && strcmp (fields[i].key, key) == 0)
      return &fields[i];
  return NULL;
}

const GuestField *
guest_disk_field_find (const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (disk_fields); i++)
    if (strcmp (disk_fields[i].key, key) == 0)
      return &disk_fields[i];
  return NULL;
}

int
guest_disk_group_index (const char *group)
{
  const char *digits = group + strlen ("disk");
  guint64 index;

  if (!g_str_has_prefix (group, "disk") || *digits == '\0' ||
      strspn (digits, "0123456789") != strlen (digits))
    return -1;
  if ((digits[0] == '0' && digits[1] != '\0') ||
      !g_ascii_string_to_unsigned (digits, 10, 0, GUEST_DISKS_MAX - 1, &index, NULL))
    return -2;
  return index;
}

GuestDisk *
guest_definition_find_disk (const GuestDefinition *definition, guint index)
{
  for (guint i = 0; i < definition->disks->len; i++)
    {
      GuestDisk *disk = g_ptr_array_index (definition->disks, i);

      if (disk->index == index)
        return disk;
    }
  return NULL;
}

GuestDisk *
guest_definition_take_disk (GuestDefinition *definition, GuestDisk *disk)
{
  guint at = 0;

  while (at < definition->disks->len &&
         ((GuestDisk *) g_ptr_array_index (definition->disks, at))->index < disk->index)
    at++;
  g_ptr_array_insert (definition->disks, at, disk);
  return disk;
}

gboolean
guest_field_parse (const GuestField *field, const char *text, gpointer object, GError **error)
{
  return field->parse (field, text, G_STRUCT_MEMBER_P (object, field->offset), error);
}

char *
guest_field_format (const GuestField *field, gconstpointer object)
{
  return field->format (field, (const guint8 *) object + field->offset);
}

GuestDiskBus
guest_disk_default_bus (GuestDiskMedia media)
{
  return media == GUEST_MEDIA_CDROM ? GUEST_BUS_SATA : GUEST_BUS_VIRTIO;
}

gboolean
guest_disk_check (const GuestDisk *disk, const char **ret_key, GError **error)
{
  if (disk->media != GUEST_MEDIA_CDROM)
    return TRUE;
  if (disk->bus == GUEST_BUS_VIRTIO)
    {
      *ret_key = "bus";
      g_set_error_literal (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
                           _ ("bus: a cdrom cannot be on virtio, only on one of: sata, scsi, ide"));
      return FALSE;
    }
  if (!disk->read_only)
    {
      *ret_key = "read-only";
      g_set_error_literal (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
                           _ ("read-only: a cdrom is always read-only, only true is allowed"));
      return FALSE;
    }
  return TRUE;
}

gboolean
guest_definition_check (const GuestDefinition *definition,
                        const char **ret_group,
                        const char **ret_key,
                        GError **error)
{
  *ret_group = "boot";
  *ret_key = definition->initrd != NULL ? "initrd" : "cmdline";
  if (definition->kernel == NULL && (definition->initrd != NULL || definition->cmdline != NULL))
    {
      g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
                   _ ("%s: it needs a kernel, which is not set"), *ret_key);
      return FALSE;
    }
  *ret_group = "display";
  *ret_key = "heads";
  if (definition->heads > 1 && definition->video != GUEST_VIDEO_VIRTIO)
    {
      g_set_error_literal (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_VALUE,
                           _ ("heads: only display.device=virtio has more than one; set that, or "
                              "display.heads=1"));
      return FALSE;
    }
  return TRUE;
}
