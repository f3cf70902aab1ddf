/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every key of guest.conf as one table: its group, what is allowed, and where it lies in the
 * struct. Parser, formatter, `set` and `show` all run over it. Private to
 * common/guest-definition*.c. Pure.
 */
#pragma once

#include "guest-definition.h"

typedef struct _GuestField GuestField;

typedef enum
{
  GUEST_FIELD_REQUIRED = 1 << 0, /* must be in the file */
  GUEST_FIELD_FIXED = 1 << 1,    /* `set` cannot change it */
  GUEST_FIELD_LIST = 1 << 2,     /* its text form is the escaped list */
} GuestFieldFlags;

struct _GuestField
{
  const char *group; /* NULL: of a disk */
  const char *key;
  GuestFieldFlags flags;
  gsize offset; /* in GuestDefinition, or in GuestDisk */
  /* Untrusted text into the struct at `at`; on failure sets an error without file and line. */
  gboolean (*parse) (const GuestField *field, const char *text, gpointer at, GError **error);
  char *(*format) (const GuestField *field, gconstpointer at); /* "" if unset */
  /* What the functions above need: the words of an enum, or the bounds of a number. */
  const char *const *words;
  guint min, max;
  const char *allowed; /* N_(): completes "memory: 'lots' is not …" */
};

/* In file order; `count` is set. */
const GuestField *guest_fields (gsize *count);
const GuestField *guest_disk_fields (gsize *count);

/* The field of this key in a table, or NULL. */
const GuestField *guest_field_find (const char *group, const char *key);
const GuestField *guest_disk_field_find (const char *key);

/* "disk7" gives 7. -1: no disk's name at all; -2: it looks like one but is not disk0 to disk15. */
int guest_disk_group_index (const char *group);
/* Its place in definition->disks, or NULL. */
GuestDisk *guest_definition_find_disk (const GuestDefinition *definition, guint index);
/* Adds a disk at its place by index; takes it. */
GuestDisk *guest_definition_take_disk (GuestDefinition *definition, GuestDisk *disk);

gboolean guest_field_parse (const GuestField *field,
                            const char *text,
                            gpointer object,
                            GError **error);
char *guest_field_format (const GuestField *field, gconstpointer object);

/* What holds where the file says nothing; it depends on the medium for disks. */
GuestDiskBus guest_disk_default_bus (GuestDiskMedia media);

/* Rules that span keys (a cdrom is read-only and not on virtio; an initrd needs a kernel). Names
 * the key at fault in *ret_group and *ret_key (static or borrowed). */
gboolean guest_disk_check (const GuestDisk *disk, const char **ret_key, GError **error);
gboolean guest_definition_check (const GuestDefinition *definition,
                                 const char **ret_group,
                                 const char **ret_key,
                                 GError **error);
