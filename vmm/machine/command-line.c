/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Builds QEMU's command line from a definition and the opened resources. Runs in vitrine-vmm.
 */
#include "command-line.h"

#include "machine/agent.h"
#include "machine/drives.h"
#include "net/network.h"

#define FIRST_FD 10
#define SOUND "sound"
/* 20 ms at a time instead of QEMU's 10: a third less wakes up and works on the way to the ear, which
 * takes 7 ms longer. Both, or QEMU would still hand over 10 ms at a time. */
#define SOUND_PACE ",timer-period=20000,nsamples=960"
/* The one format that vitrine-display takes (display/sound/sound-frame.h). */
#define SOUND_FORMAT(way) "," way ".frequency=48000," way ".channels=2," way ".format=s16"

void
command_line_add (CommandLine *line, const char *option, const char *value)
{
  g_ptr_array_add (line->argv, g_strdup (option));
  if (value != NULL)
    g_ptr_array_add (line->argv, g_strdup (value));
}

void
command_line_add_printf (CommandLine *line, const char *option, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (line->argv, g_strdup (option));
  g_ptr_array_add (line->argv, g_strdup_vprintf (format, args));
  va_end (args);
}

int
command_line_add_fd (CommandLine *line, int source)
{
  JailFd fd = { source, FIRST_FD + line->fds->len };

  g_array_append_val (line->fds, fd);
  return fd.target;
}

char *
command_line_add_fdset (CommandLine *line, int source)
{
  int target = command_line_add_fd (line, source);

  command_line_add_printf (line, "-add-fd", "fd=%d,set=%d", target, target);
  return g_strdup_printf ("/dev/fdset/%d", target);
}

/* Options that are the same for every guest. */
static void
add_fixed (CommandLine *line)
{
  static const char *const fixed[][2] = {
    { "-no-user-config", NULL },
    { "-nodefaults", NULL },
    /* On top of the jail's own filter: QEMU's, with everything denied. */
    { "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny" },
    { "-S", NULL },
    { "-nic", "none" },
    { "-rtc", "base=utc" },
    { "-boot", "menu=off,strict=off" },
    { "-action", "panic=pause" },
    { "-object", "rng-builtin,id=entropy" },
    { "-device", "virtio-rng-pci,rng=entropy" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    command_line_add (line, fixed[i][0], fixed[i][1]);
}

static void
add_monitor (CommandLine *line, int qmp)
{
  int target = command_line_add_fd (line, qmp);

  command_line_add_printf (line, "-chardev", "socket,id=qmp,fd=%d", target);
  command_line_add (line, "-mon", "chardev=qmp,mode=control");
}

static void
add_machine (CommandLine *line, const Resources *resources)
{
  const GuestDefinition *definition = resources->definition;
  GString *machine = g_string_new (definition->machine == GUEST_MACHINE_PC ? "pc" : "q35");

  g_string_append (machine, ",dump-guest-core=off,vmport=off");
  if (definition->sound != GUEST_SOUND_NONE)
    g_string_append (machine, ",pcspk-audiodev=" SOUND);
  if (resources->firmware_code >= 0)
    g_string_append (machine,
                     ",pflash0=" DRIVES_FIRMWARE_CODE ",pflash1=" DRIVES_FIRMWARE_VARIABLES);
  command_line_add (line, "-machine", machine->str);
  g_string_free (machine, TRUE);
  if (resources->use_kvm)
    {
      g_autofree char *device = command_line_add_fdset (line, resources->kvm);

      command_line_add_printf (line, "-accel", "kvm,device=%s", device);
      command_line_add (line, "-cpu", "host");
    }
  else
    {
      command_line_add (line, "-accel", "tcg,thread=multi");
      /* Five-level paging only makes emulated page walks longer. */
      command_line_add (line, "-cpu", "max,la57=off");
    }
  command_line_add_printf (line, "-smp", "%u", definition->cpus);
  command_line_add_printf (line, "-m", "%uM", definition->memory_mib);
}

static void
add_identity (CommandLine *line, const GuestDefinition *definition)
{
  g_auto (GStrv) parts = g_strsplit (definition->name, ",", -1);
  g_autofree char *name = g_strjoinv (",,", parts); /* a comma would begin an option */

  command_line_add_printf (line, "-name", "guest=%s,debug-threads=off", name);
  command_line_add (line, "-uuid", definition->uuid);
}

static void
add_console (CommandLine *line, const GuestDefinition *definition)
{
  static const char *const video[] = {
    [GUEST_VIDEO_STD] = "VGA,vgamem_mb=32",
    [GUEST_VIDEO_VIRTIO] = "virtio-vga",
    [GUEST_VIDEO_QXL] = "qxl-vga,vgamem_mb=32",
  };

  /* One tablet serves all heads: display knows where they stand (display/qemu/head-layout.h). */
  if (definition->heads > 1)
    command_line_add_printf (line, "-device", "%s,max_outputs=%u", video[definition->video],
                             definition->heads);
  else
    command_line_add (line, "-device", video[definition->video]);
  if (definition->pointer != GUEST_POINTER_TABLET)
    return;
  command_line_add (line, "-device",
                    definition->machine == GUEST_MACHINE_PC ? "piix3-usb-uhci,id=usb"
                                                            : "qemu-xhci,id=usb");
  command_line_add (line, "-device", "usb-tablet,bus=usb.0");
}

/* The PC speaker (add_machine) and a card. Four voices each way, since one would carry the volume
 * of one device over to all; but none to record with without the permission: to a guest that
 * records while nobody serves that, QEMU would hand what its memory happened to hold. */
static void
add_sound (CommandLine *line, const GuestDefinition *definition)
{
  gboolean old = definition->machine == GUEST_MACHINE_PC;

  if (definition->sound == GUEST_SOUND_NONE)
    {
      command_line_add (line, "-display", "dbus,p2p=on");
      return;
    }
  command_line_add_printf (line, "-audiodev",
                           "dbus,id=" SOUND ",out.voices=4,in.voices=%u" SOUND_PACE SOUND_FORMAT ("out")
                               SOUND_FORMAT ("in"),
                           definition->microphone ? 4 : 0);
  command_line_add (line, "-display", "dbus,p2p=on,audiodev=" SOUND);
  if (definition->sound == GUEST_SOUND_AC97)
    {
      command_line_add (line, "-device", "AC97,audiodev=" SOUND);
      return;
    }
  command_line_add (line, "-device", old ? "intel-hda" : "ich9-intel-hda");
  command_line_add (line, "-device",
                    definition->microphone ? "hda-micro,audiodev=" SOUND
                                           : "hda-output,audiodev=" SOUND);
}

/* QEMU opens these two by name only, so the name is that of its own descriptor. */
static void
add_kernel (CommandLine *line, const Resources *resources)
{
  const GuestDefinition *definition = resources->definition;

  if (resources->kernel < 0)
    return;
  command_line_add_printf (line, "-kernel", "/proc/self/fd/%d",
                           command_line_add_fd (line, resources->kernel));
  if (resources->initrd >= 0)
    command_line_add_printf (line, "-initrd", "/proc/self/fd/%d",
                             command_line_add_fd (line, resources->initrd));
  if (definition->cmdline != NULL && *definition->cmdline != '\0')
    command_line_add (line, "-append", definition->cmdline);
}

/* Last of all devices, so that a guest finds the others where they were. No boot ROM: a guest boots
 * from what its definition names. */
static void
add_card (CommandLine *line, const GuestDefinition *definition, int card)
{
  static const char *const devices[] = {
    [GUEST_NIC_VIRTIO] = "virtio-net-pci",
    [GUEST_NIC_E1000E] = "e1000e",
    [GUEST_NIC_RTL8139] = "rtl8139",
  };
  g_autofree char *mtu = NULL;
  guint8 mac[6];

  if (card < 0)
    return;
  network_mac (definition->uuid, mac);
  command_line_add_printf (line, "-netdev", "dgram,id=net0,local.type=fd,local.str=%d",
                           command_line_add_fd (line, card));
  if (definition->nic == GUEST_NIC_VIRTIO)
    mtu = g_strdup_printf (",host_mtu=%u", network_mtu (definition));
  command_line_add_printf (line, "-device",
                           "%s,netdev=net0,id=card0,mac=%02x:%02x:%02x:%02x:%02x:%02x,romfile=%s",
                           devices[definition->nic], mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
                           mtu != NULL ? mtu : "");
  if (definition->firmware == GUEST_FIRMWARE_UEFI)
    {
      command_line_add (line, "-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=no");
      command_line_add (line, "-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=no");
    }
}

CommandLine *
command_line_build (const char *binary, const Resources *resources, int qmp, int card, int agent)
{
  CommandLine *line = g_new0 (CommandLine, 1);

  line->argv = g_ptr_array_new_with_free_func (g_free);
  line->fds = g_array_new (FALSE, FALSE, sizeof (JailFd));
  g_ptr_array_add (line->argv, g_strdup (binary));
  add_fixed (line);
  add_monitor (line, qmp);
  add_identity (line, resources->definition);
  add_machine (line, resources);
  add_console (line, resources->definition);
  add_sound (line, resources->definition);
  agent_add (line, agent);
  drives_add (line, resources);
  add_kernel (line, resources);
  add_card (line, resources->definition, card);
  g_ptr_array_add (line->argv, NULL);
  return line;
}

void
command_line_free (CommandLine *line)
{
  g_ptr_array_unref (line->argv);
  g_array_unref (line->fds);
  g_free (line);
}
