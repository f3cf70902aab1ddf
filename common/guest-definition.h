/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a guest is made of: the validated contents of guest.conf (B6). Read by app/ (to show and
 * edit) and again by vitrine-vmm (to run), so it lives here. guest-definition-parse.c is pure.
 *
 * The file is a GKeyFile, hand-editable, at most GUEST_DEFINITION_BYTES_MAX bytes:
 *
 *   [vitrine]  version=1
 *   [guest]    uuid=…  name=…  memory=2048 (MiB)  cpus=2  os=…
 *              firmware=bios|uefi  machine=q35|pc  accel=auto|kvm|tcg
 *              isolation=preferred|required
 *   [boot]     kernel=/…  initrd=/…  cmdline=…
 *   [disk0]    (to disk15) file=/… or a name inside the guest's disks/ folder, or the address of an
 *              export of an NBD server (nbd-address-parse.h)
 *              format=qcow2|raw  media=disk|cdrom  bus=virtio|sata|scsi|ide  read-only=true|false
 *              allow-backing=/…;/…  (backing files outside the image's own folder, or raw ones)
 *              tls-ca=/… (PEM; empty: those that this computer trusts)  tls-cert=/…  tls-key=/…
 *              (PEM, this side's own; all three for nbds:// only)
 *   [display]  device=std|virtio|qxl  pointer=tablet|mouse
 *              heads=1 to 4 (more than one: device=virtio only)
 *   [clipboard] policy=off|to-guest|from-guest|both|ask (text; needs spice-vdagent in the guest)
 *   [sound]    device=hda|ac97|none (and the PC speaker, but with none)
 *              microphone=true|false (whether the guest may hear: false)
 *   [network]  policy=offline|internet|lan|bridge  device=virtio|e1000e|rtl8139|none
 *              forward=tcp:127.0.0.1:8080:80;…  dns=… (an address; empty: the host's)
 *              rate-in=0  rate-out=0 (kB a second, to and from the guest; 0: no limit)
 *
 *   [limits]   cpu=0 (per cent of one processor)  memory=0 (MiB, of all the guest's processes; 0: its
 *              memory and what QEMU needs beside it)  disk-rate=0 (kB a second)  disk-iops=0
 *              processes=0  descriptors=0 (0: none but the jail's own)
 *
 * Unknown groups and keys are kept when the file is rewritten.
 */
#pragma once

#include "clipboard-policy.h"

#include <glib.h>

#define GUEST_DEFINITION_VERSION 1
#define GUEST_DEFINITION_BYTES_MAX (64 * 1024)
#define GUEST_NAME_BYTES_MAX 128
#define GUEST_PATH_BYTES_MAX 4096
#define GUEST_CMDLINE_BYTES_MAX 2048
#define GUEST_DISKS_MAX 16
#define GUEST_BACKING_MAX 16
#define GUEST_MEMORY_MIB_MIN 1
#define GUEST_MEMORY_MIB_MAX (4u << 20)
#define GUEST_CPUS_MAX 255
#define GUEST_HEADS_MAX 4
#define GUEST_RATE_MAX 100000000u /* kB a second */

typedef enum { GUEST_FIRMWARE_BIOS, GUEST_FIRMWARE_UEFI } GuestFirmware;
typedef enum { GUEST_MACHINE_Q35, GUEST_MACHINE_PC } GuestMachine;
typedef enum { GUEST_ACCEL_AUTO, GUEST_ACCEL_KVM, GUEST_ACCEL_TCG } GuestAccel;
typedef enum { GUEST_ISOLATION_PREFERRED, GUEST_ISOLATION_REQUIRED } GuestIsolation;
typedef enum { GUEST_VIDEO_STD, GUEST_VIDEO_VIRTIO, GUEST_VIDEO_QXL } GuestVideo;
typedef enum { GUEST_POINTER_TABLET, GUEST_POINTER_MOUSE } GuestPointer;
typedef enum { GUEST_SOUND_HDA, GUEST_SOUND_AC97, GUEST_SOUND_NONE } GuestSound;
typedef enum { GUEST_DISK_QCOW2, GUEST_DISK_RAW } GuestDiskFormat;
typedef enum { GUEST_MEDIA_DISK, GUEST_MEDIA_CDROM } GuestDiskMedia;
typedef enum { GUEST_BUS_VIRTIO, GUEST_BUS_SATA, GUEST_BUS_SCSI, GUEST_BUS_IDE } GuestDiskBus;
typedef enum { GUEST_NETWORK_OFFLINE, GUEST_NETWORK_INTERNET, GUEST_NETWORK_LAN,
               GUEST_NETWORK_BRIDGE /* a tap that the start was handed */ } GuestNetwork;
typedef enum { GUEST_NIC_VIRTIO, GUEST_NIC_E1000E, GUEST_NIC_RTL8139, GUEST_NIC_NONE } GuestNic;

/* Least and most of each limit that is not 0. QEMU and the display process need so much to run. */
#define GUEST_LIMIT_CPU_MIN 5u
#define GUEST_LIMIT_CPU_MAX 25500u
#define GUEST_LIMIT_MEMORY_MIN 128u
#define GUEST_LIMIT_RATE_MAX 100000000u
#define GUEST_LIMIT_PROCESSES_MIN 64u
#define GUEST_LIMIT_PROCESSES_MAX 4096u
#define GUEST_LIMIT_DESCRIPTORS_MIN 128u
#define GUEST_LIMIT_DESCRIPTORS_MAX 4096u

/* 0: no limit. All can change while the guest runs. */
typedef struct
{
  guint cpu;         /* per cent of one processor */
  guint memory;      /* MiB */
  guint disk_rate;   /* kB a second, reading and writing, all disks */
  guint disk_iops;   /* requests a second, as above */
  guint processes;   /* and threads */
  guint descriptors; /* of QEMU */
} GuestLimits;

typedef struct
{
  guint index; /* of its group: disk0 is 0; gaps are allowed */
  char *file;  /* absolute, a plain name inside the guest's disks/ folder, or an NBD address */
  GuestDiskFormat format;
  GuestDiskMedia media;
  GuestDiskBus bus;
  gboolean read_only;   /* always TRUE for a cdrom */
  GStrv allow_backing;  /* absolute paths; never NULL */
  char *tls_ca;         /* absolute, or NULL */
  char *tls_cert;
  char *tls_key;
} GuestDisk;

typedef struct
{
  char *uuid; /* canonical lower case */
  char *name; /* UTF-8, no control characters, not empty */
  char *os;   /* libosinfo id, or NULL */
  guint memory_mib;
  guint cpus;
  GuestFirmware firmware;
  GuestMachine machine;
  GuestAccel accel;
  GuestIsolation isolation;
  char *kernel; /* absolute, or NULL */
  char *initrd;
  char *cmdline;
  GuestVideo video;
  GuestPointer pointer;
  guint heads; /* consoles that the guest may light, each with a window of its own */
  GuestSound sound;
  gboolean microphone; /* the guest may hear what a viewer's microphone hears */
  GuestNetwork network;
  ClipboardPolicy clipboard;
  GuestNic nic;
  GStrv forwards; /* each as forward_spec_format () writes it; never NULL */
  char *dns;      /* an address, or NULL */
  guint rate_in;  /* kB a second; 0: no limit */
  guint rate_out;
  GuestLimits limits;
  GPtrArray *disks; /* of GuestDisk, by index, at most GUEST_DISKS_MAX */
  char *original;   /* the text this was parsed from, whose unknown keys and comments are kept */
} GuestDefinition;

#define GUEST_DEFINITION_ERROR (guest_definition_error_quark ())
GQuark guest_definition_error_quark (void);
typedef enum
{
  GUEST_DEFINITION_ERROR_SYNTAX,
  GUEST_DEFINITION_ERROR_VALUE,
  GUEST_DEFINITION_ERROR_KEY,
} GuestDefinitionError;

/* A definition with a fresh uuid and every default (2048 MiB, 2 CPUs, q35, bios, auto). */
GuestDefinition *guest_definition_new (const char *name);
GuestDefinition *guest_definition_copy (const GuestDefinition *definition);
void guest_definition_free (GuestDefinition *definition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuestDefinition, guest_definition_free)

GuestDisk *guest_disk_new (guint index, const char *file, GuestDiskFormat format);
GuestDisk *guest_disk_copy (const GuestDisk *disk);
void guest_disk_free (GuestDisk *disk);
/* Whether it is an export of an NBD server; whether it is a file in the guest's disks/ folder. */
gboolean guest_disk_is_remote (const GuestDisk *disk);
gboolean guest_disk_is_own (const GuestDisk *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuestDisk, guest_disk_free)

/* Untrusted text to a validated definition. `file` is used in messages only, which name file, line,
 * key and what is allowed. Pure. */
GuestDefinition *guest_definition_parse (const char *text, gsize size, const char *file,
                                         GError **error);

/* The text to write: `original` with this definition's values set in it. Never fails. */
char *guest_definition_format (const GuestDefinition *definition);

/* One setting by its dotted name ("guest.memory", "disk0.file"; without a dot the [guest] group is
 * meant), checked as in the file. An empty value resets the key to its default; "disk3.file="
 * removes that disk. */
gboolean guest_definition_set (GuestDefinition *definition, const char *key, const char *value,
                               GError **error);

/* The present value of a setting by its dotted name, as the file would have it; NULL if there is no
 * such setting. */
char *guest_definition_get (const GuestDefinition *definition, const char *key);

/* Every known key in file order with its present value, for `show` and for completion:
 * an array of 2 * n + 1 strings (key, value, key, value, NULL). */
GStrv guest_definition_list (const GuestDefinition *definition);

/* Words of the enums as in the file, "bios" for GUEST_FIRMWARE_BIOS. */
const char *guest_firmware_word (GuestFirmware value);
const char *guest_machine_word (GuestMachine value);
const char *guest_accel_word (GuestAccel value);
const char *guest_isolation_word (GuestIsolation value);
const char *guest_video_word (GuestVideo value);
const char *guest_pointer_word (GuestPointer value);
const char *guest_sound_word (GuestSound value);
const char *guest_disk_format_word (GuestDiskFormat value);
const char *guest_media_word (GuestDiskMedia value);
const char *guest_bus_word (GuestDiskBus value);
const char *guest_network_word (GuestNetwork value);
const char *guest_nic_word (GuestNic value);
