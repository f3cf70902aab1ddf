/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nonsense in the place of what qemu-img says of an image, and good sense about images that lead
 * somewhere. Runs jailed in vitrine-drill. It ends when it has spoken, as qemu-img does.
 */
#include "nonsense.h"

#include <string.h>
#include <unistd.h>

/* An image as qemu-img describes it, with `more` beside its size and `specific` in what is qcow2's.
 */
#define IMAGE(size, more, specific)                                                                \
  "{\"virtual-size\": " size ", \"filename\": \"/proc/self/fd/3\", \"format\": \"qcow2\"" more     \
  ", \"format-specific\": {\"type\": \"qcow2\", \"data\": {\"compat\": \"1.1\", "                  \
  "\"corrupt\": false" specific "}}}\n"
#define BACKING(name)                                                                              \
  IMAGE ("1048576", ", \"backing-filename\": \"" name "\", \"backing-filename-format\": \"raw\"",  \
         "")

static _Noreturn void
say_and_end (int fd, const char *text)
{
  nonsense_say_text (fd, text);
  _exit (0);
}

static void
nothing (int fd)
{
  say_and_end (fd, "");
}

static void
binary (int fd)
{
  nonsense_say_binary (fd);
  _exit (0);
}

static void
cut (int fd)
{
  say_and_end (fd, "{\"virtual-size\": 1048576, \"format\": \"qco");
}

static void
array (int fd)
{
  say_and_end (fd, "[1, 2, 3]\n");
}

static void
deep (int fd)
{
  nonsense_say_text (fd, "{\"format-specific\": ");
  nonsense_say_many (fd, "[", 40000);
  nonsense_say_many (fd, "]", 20000);
  _exit (0);
}

static void
endless (int fd)
{
  nonsense_say_text (fd, "{\"format\": \"");
  nonsense_say_many (fd, "x", NONSENSE_ENDLESS_BYTES);
  _exit (0);
}

static void
values (int fd)
{
  nonsense_say_text (fd, "{\"format\": \"qcow2\", \"children\": [");
  nonsense_say_many (fd, "0, ", 20000);
  say_and_end (fd, "0]}\n");
}

static void
string (int fd)
{
  nonsense_say_text (fd, "{\"format\": \"");
  nonsense_say_many (fd, "x", 60000);
  say_and_end (fd, "\"}\n");
}

static void
nul (int fd)
{
  say_and_end (fd, BACKING ("base.raw\\u0000/etc/shadow"));
}

static void
format (int fd)
{
  say_and_end (fd, "{\"virtual-size\": 1048576, \"format\": \"raw\", \"format-specific\": "
                   "{\"type\": \"raw\", \"data\": {}}}\n");
}

static void
size (int fd)
{
  say_and_end (fd, IMAGE ("-1", "", ""));
}

static void
unprintable (int fd)
{
  say_and_end (fd, BACKING ("\\u001b[2Jbase.raw"));
}

static void
backing (int fd)
{
  say_and_end (fd, BACKING ("/etc/passwd"));
}

static void
backing_network (int fd)
{
  say_and_end (fd, BACKING ("nbd://127.0.0.1/disk"));
}

static void
backing_json (int fd)
{
  say_and_end (fd, BACKING ("json:{\\\"driver\\\": \\\"host_device\\\"}"));
}

static void
data_file (int fd)
{
  say_and_end (fd, IMAGE ("1048576", "", ", \"data-file\": \"/etc/shadow\""));
}

const Nonsense nonsense_image[] = {
  { "image-nothing", nothing },
  { "image-binary", binary },
  { "image-cut", cut },
  { "image-array", array },
  { "image-deep", deep },
  { "image-endless", endless },
  { "image-values", values },
  { "image-string", string },
  { "image-nul", nul },
  { "image-format", format },
  { "image-size", size },
  { "image-unprintable", unprintable },
  { "image-backing", backing },
  { "image-backing-network", backing_network },
  { "image-backing-json", backing_json },
  { "image-data-file", data_file },
  { 0 },
};
