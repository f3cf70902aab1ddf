/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of vitrinectl's commands. Holds words only.
 */
#include "config.h"

#include "ctl-command.h"

#include <glib/gi18n.h>
#include <string.h>

#define ACCEL                                                                                      \
  {                                                                                                \
    "accel", N_ ("WHICH"), N_ ("auto, kvm or tcg (software emulation)"), "auto|kvm|tcg", 0         \
  }
#define JSON                                                                                       \
  {                                                                                                \
    "json", NULL, N_ ("Print JSON, which stays the same from version to version"), NULL, 0         \
  }

#define HEAD                                                                                       \
  {                                                                                                \
    "head", N_ ("N"), N_ ("Which of the guest's displays (1)"), NULL, 0                            \
  }

static const CtlOption create_options[] = {
  { "iso", N_ ("FILE"), N_ ("A CD or DVD image, read-only; may be repeated"), NULL,
    CTL_OPTION_REPEAT | CTL_OPTION_FILE },
  { "disk", N_ ("FILE|SIZE|ADDRESS"),
    N_ ("A disk image, the size of a new one (20G), or a disk on an NBD server "
        "(nbd://server/export, nbds:// by TLS, nbd+unix:///export?socket=/path); may be repeated. "
        "Behind it may follow ,format=raw|qcow2 ,bus=virtio|sata|scsi|ide ,read-only=true, and "
        "with nbds:// ,tls-ca=FILE ,tls-cert=FILE ,tls-key=FILE"),
    NULL, CTL_OPTION_REPEAT | CTL_OPTION_FILE },
  { "kernel", N_ ("FILE"), N_ ("A Linux kernel to boot"), NULL, CTL_OPTION_FILE },
  { "initrd", N_ ("FILE"), N_ ("The initial RAM disk of that kernel"), NULL, CTL_OPTION_FILE },
  { "cmdline", N_ ("TEXT"), N_ ("The command line of that kernel"), NULL, 0 },
  { "memory", N_ ("SIZE"), N_ ("2G, 512M or a number of MiB"), NULL, 0 },
  { "cpus", N_ ("N"), N_ ("How many processors"), NULL, 0 },
  { "firmware", N_ ("KIND"), N_ ("bios (as is) or uefi"), "bios|uefi|uefi-secure", 0 },
  { "os", N_ ("ID"), N_ ("The operating system, by its libosinfo id"), NULL, 0 },
  { "network", N_ ("POLICY"),
    N_ ("internet (as is: no private network, not this computer), lan, or offline"),
    "offline|internet|lan", 0 },
  ACCEL,
  { "import", N_ ("FILE"), N_ ("A machine of another program"), NULL, CTL_OPTION_HIDDEN },
  { NULL },
};
static const CtlOption clipboard_options[] = {
  { "type", N_ ("KIND"), N_ ("text (as is), or png: a picture, as the bytes of a PNG file"),
    "text|png", 0 },
  { NULL },
};
static const CtlOption json_options[] = { JSON, { NULL } };
static const CtlOption drill_options[] = { { "all", NULL, N_ ("List the closed ways too") },
                                           JSON,
                                           { NULL } };
static const CtlOption start_options[] = {
  ACCEL,
  { "tap-fd", N_ ("N"), N_ ("The number of an open tap, for network.policy=bridge"), NULL, 0 },
  { "force", NULL, N_ ("Even if less memory is free than the guest wants"), NULL, 0 },
  { NULL },
};
static const CtlOption stop_options[] = {
  { "force", NULL, N_ ("End it now, as by pulling the plug"), NULL, 0 },
  { "timeout", N_ ("SECONDS"), N_ ("How long to wait for the guest to power off (60)"), NULL, 0 },
  { NULL },
};
static const CtlOption head_options[] = { HEAD, { NULL } };
static const CtlOption pointer_options[] = {
  HEAD,
  { "click", NULL, N_ ("Press and release the left button there"), NULL, 0 },
  { NULL },
};
static const CtlOption share_options[] = {
  { "vnc", N_ ("ADDRESS:PORT"),
    N_ ("Where to serve it by VNC (127.0.0.1:0); port 0 takes any free one"), NULL,
    CTL_OPTION_PLACE },
  { "web", N_ ("ADDRESS:PORT"), N_ ("Where to serve it to browsers instead"), NULL,
    CTL_OPTION_PLACE },
  { "host", N_ ("NAME"), N_ ("With --web: a further name that browsers may know this computer by"),
    NULL, 0 },
  { "spice", N_ ("ADDRESS:PORT"), N_ ("Where to serve it by SPICE instead"), NULL,
    CTL_OPTION_PLACE },
  { "vv", N_ ("FILE"),
    N_ ("With --spice: write a file that remote-viewer opens, with the password"), NULL,
    CTL_OPTION_FILE },
  { "password-file", N_ ("FILE"),
    N_ ("The password is its first line (- is standard input); without it, one is made and "
        "printed"),
    NULL, CTL_OPTION_FILE },
  HEAD,
  { "view-only", NULL, N_ ("Viewers may look, not type"), NULL, 0 },
  { "ask", NULL, N_ ("Each viewer waits until 'vitrinectl viewers --allow' lets it in"), NULL, 0 },
  { "expire", N_ ("TIME"), N_ ("When it ends by itself: 30m, 1h (as is), 2d"), NULL, 0 },
  { "tls", N_ ("WHICH"), N_ ("auto (as is), on, or off, which is for this computer only"),
    "auto|on|off", 0 },
  { "cert", N_ ("FILE"), N_ ("Your own certificate, in PEM form"), NULL, CTL_OPTION_FILE },
  { "key", N_ ("FILE"), N_ ("The key of that certificate"), NULL, CTL_OPTION_FILE },
  JSON,
  { NULL },
};
static const CtlOption viewers_options[] = {
  { "disconnect", N_ ("N"), N_ ("Cut viewer N off"), NULL, 0 },
  { "allow", N_ ("N"), N_ ("Let viewer N in, which waits for it"), NULL, 0 },
  { "link", N_ ("ID"), N_ ("Print a new link to share ID in browsers, for one viewer"), NULL, 0 },
  JSON,
  { NULL },
};

static const CtlOption capture_options[] = {
  { "stop", NULL, N_ ("End the capture that is being written"), NULL, 0 },
  { "max", N_ ("SIZE"), N_ ("End it when the file is so large (1G)"), NULL, 0 },
  { NULL },
};

static const CtlOption backup_options[] = {
  { "disk", N_ ("N"), N_ ("Which disk: 0 is disk0 (the first that is no CD)"), NULL, 0 },
  { "expire", N_ ("TIME"), N_ ("When it ends by itself: 30m, 1h, 1d (as is)"), NULL, 0 },
  { "to", N_ ("FILE"), N_ ("Write the disk into this new qcow2 file, and end"), NULL,
    CTL_OPTION_FILE },
  { "replace", NULL, N_ ("With --to: replace a file that there is"), NULL, 0 },
  { "scratch", N_ ("FOLDER"),
    N_ ("Where to keep what the guest overwrites meanwhile (the guest's own folder)"), NULL,
    CTL_OPTION_FILE },
  { "end", NULL, N_ ("End the backup that is being read"), NULL, 0 },
  { NULL },
};

#define ON_GUEST CTL_COMMAND_ON_GUEST

const CtlCommand ctl_commands[] = {
  { "create", N_ ("NAME"), 1, 1, 0, create_options, N_ ("Make a new guest and print its UUID"),
    N_ ("Nothing is started. The format of an image is never guessed from what a guest may write: "
        "qcow2 is known by its header, raw by the suffix .img, .raw, .iso or .bin; for any other "
        "file add ,format=raw or ,format=qcow2 to its name."),
    ctl_create },
  { "list", "", 0, 0, 0, json_options, N_ ("List the guests and their states"), NULL, ctl_list },
  { "show", N_ ("NAME"), 1, 1, ON_GUEST, json_options, N_ ("Show a guest's state and settings"),
    NULL, ctl_show },
  { "set", N_ ("NAME KEY=VALUE…"), 2, CTL_ANY, ON_GUEST | CTL_COMMAND_TAKES_KEYS, NULL,
    N_ ("Change settings of a guest"),
    N_ ("The guest must be stopped, but for clipboard.policy, network.policy, network.forward, "
        "network.dns, network.rate-in, network.rate-out and all of limits, which take effect at "
        "once; another network policy cuts every connection. "
        "'vitrinectl show NAME' lists the keys. An empty value brings the default back; an empty "
        "file (disk1.file=) removes that disk from the guest, not the file."),
    ctl_set },
  { "start", N_ ("NAME"), 1, 1, ON_GUEST, start_options,
    N_ ("Start a guest; return once its display is up"),
    N_ ("A guest with network.policy=bridge is a machine of the network behind a tap, which whoever "
        "starts it has opened (IFF_TAP and IFF_NO_PI) and hands in by its descriptor's number."),
    ctl_start },
  { "stop", N_ ("NAME"), 1, 1, ON_GUEST, stop_options,
    N_ ("Press the guest's power button and wait until it is off"), NULL, ctl_stop },
  { "pause", N_ ("NAME"), 1, 1, ON_GUEST, NULL, N_ ("Stop the guest's processors"), NULL,
    ctl_pause },
  { "resume", N_ ("NAME"), 1, 1, ON_GUEST, NULL, N_ ("Let the guest's processors run again"), NULL,
    ctl_resume },
  { "reset", N_ ("NAME"), 1, 1, ON_GUEST, NULL, N_ ("Press the guest's reset button"), NULL,
    ctl_reset },
  { "delete", N_ ("NAME"), 1, 1, ON_GUEST, NULL,
    N_ ("Delete a stopped guest and the disks that were made for it"),
    N_ ("Files that lie elsewhere, such as an ISO, are left alone."), ctl_delete },
  { "screenshot", N_ ("NAME FILE.png"), 2, 2, ON_GUEST | CTL_COMMAND_TAKES_FILE, head_options,
    N_ ("Write a picture of the guest's screen"),
    N_ ("It is a PNG; a name that does not end in .png is refused."), ctl_screenshot },
  { "type", N_ ("NAME TEXT"), 2, 2, ON_GUEST, head_options,
    N_ ("Type text on the guest's keyboard"),
    N_ ("The keyboard is a US one, so the text may hold what that has: ASCII, new lines, tabs."),
    ctl_type },
  { "send-keys", N_ ("NAME CHORD…"), 2, CTL_ANY, ON_GUEST, head_options,
    N_ ("Press keys, such as ctrl-alt-delete, f1 or ret"), NULL, ctl_send_keys },
  { "pointer", N_ ("NAME X Y"), 3, 3, ON_GUEST, pointer_options,
    N_ ("Move the guest's pointer to a place, in pixels of its screen"), NULL, ctl_pointer },
  { "resize", N_ ("NAME WIDTHxHEIGHT|off"), 2, 2, ON_GUEST, head_options,
    N_ ("Ask the guest for another size of a display, or to switch it on or off"),
    N_ ("A guest with VirtIO graphics follows; others may not. How many displays a guest has, its "
        "setting display.heads says; all but the first are off until a size is asked for."),
    ctl_resize },
  { "clipboard", N_ ("NAME get|set [TEXT]"), 2, 3, ON_GUEST, clipboard_options,
    N_ ("Print what the guest has copied, or set its clipboard"),
    N_ ("As the guest's setting clipboard.policy allows, and with spice-vdagent in the guest. "
        "Without a text, 'set' reads standard input; a picture it always reads there, and 'get' "
        "writes one to standard output."),
    ctl_clipboard },
  { "share", N_ ("NAME"), 1, 1, ON_GUEST, share_options,
    N_ ("Let other machines see and use a guest's console"),
    N_ ("Nothing listens unless you share it, and each share ends by itself. Beyond this computer "
        "it takes TLS and a password of at least 8 characters; compare the fingerprint that is "
        "printed with the one that the viewer shows."),
    ctl_share },
  { "unshare", N_ ("NAME [ID]"), 1, 2, ON_GUEST, NULL,
    N_ ("End one share of a guest, or all, and cut off its viewers"), NULL, ctl_unshare },
  { "viewers", N_ ("NAME"), 1, 1, ON_GUEST, viewers_options,
    N_ ("Show a guest's shares and who looks on, or cut a viewer off"), NULL, ctl_viewers },
  { "network", N_ ("NAME"), 1, 1, ON_GUEST, json_options,
    N_ ("Show a running guest's network: policy, address, forwards, traffic"), NULL, ctl_network },
  { "capture", N_ ("NAME [FILE]"), 1, 2, ON_GUEST | CTL_COMMAND_TAKES_FILE, capture_options,
    N_ ("Write what a running guest sends and receives into a pcap file"),
    N_ ("It goes on when vitrinectl ends, until --stop or the end of the guest. tcpdump -r and "
        "Wireshark read the file, also while it grows."),
    ctl_capture },
  { "backup", N_ ("NAME [SOCKET]"), 1, 2, ON_GUEST | CTL_COMMAND_TAKES_FILE, backup_options,
    N_ ("Back up a running guest's disk as it is now"),
    N_ ("With --to, into a file, which is whole or not there. With SOCKET, for backup programs: makes a "
        "Unix socket for you alone, on which qemu-img, nbdcopy and others read the disk by "
        "NBD as it was at that moment, while the guest goes on; until you press Ctrl-C. What the "
        "guest overwrites meanwhile takes room on this computer."),
    ctl_backup },
  { "limits", N_ ("NAME [LIMIT=VALUE…]"), 1, CTL_ANY, ON_GUEST, json_options,
    N_ ("Show what a guest may use at most, or change it"),
    N_ ("LIMIT is cpu (per cent of one processor), memory (such as 4G), disk-rate (such as 20M, a "
        "second), disk-iops, processes or descriptors; 0 lifts it. Changes are in force at once in "
        "a running guest, and stay."),
    ctl_limits },
  { "isolation", N_ ("NAME"), 1, 1, ON_GUEST, json_options,
    N_ ("Show what holds each process of a running guest"), NULL, ctl_isolation },
  { "drill", N_ ("NAME"), 1, 1, ON_GUEST, drill_options,
    N_ ("Try to break out of a running guest's jails"),
    N_ ("Hostile stand-ins for QEMU and the others are started in the jails of this guest, and try "
        "one way out after another on files and sockets laid out for them. Exit status 1 if one is "
        "open."),
    ctl_drill },
  { "monitor", N_ ("NAME COMMAND…"), 2, CTL_ANY, ON_GUEST, NULL,
    N_ ("Send QEMU one command that is harmless, and print its answer"),
    N_ ("Words such as “info block” are answered for reading, JSON in JSON. “monitor NAME help” "
        "lists the commands; one that is refused says why."),
    ctl_monitor },
  { "doctor", "", 0, 0, 0, json_options, N_ ("Show what this machine offers to guests"), NULL,
    ctl_doctor },
  { "help", N_ ("[COMMAND]"), 0, 1, CTL_COMMAND_TAKES_NAMES, NULL,
    N_ ("Explain vitrinectl, or one command"), NULL, ctl_help },
  { NULL },
};

const CtlCommand *
ctl_command_find (const char *name)
{
  for (const CtlCommand *command = ctl_commands; command->name; command++)
    if (strcmp (command->name, name) == 0)
      return command;
  return NULL;
}
