/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The program of a Linux guest that keeps records in two files of a real file system, as careful
 * programs do: "synced" is written and then given to fsync, "direct" is open with O_DIRECT and
 * O_DSYNC. Each record is numbered, has a checksum, and is acknowledged only after the system call
 * that makes it durable has returned. Static; runs as the guest's root. It tells by the squares of
 * the screen that tests/guests/records.c tells by, and some more:
 *
 *   square 0  0x10 it reads, 0x20 it writes, 0x30 there are enough records, 0x40 it cannot go on
 *   square 1  how many records are acknowledged in "synced", those found at the start among them
 *   square 2  how many were found there at the start
 *   square 3  how many calls have failed; each is made again
 *   square 4  as 1, in "direct"
 *   square 5  as 2, in "direct"
 *   square 6  0x100 and the exit status of e2fsck, which looked after the kernel had mounted once
 *   square 7  0x100 if the journal was empty at the start, 0x101 if it was there to be replayed
 *
 *   records-linux tell SQUARE NUMBER    paints one square
 *   records-linux journal DEVICE        exit 1 if its ext4 has a journal to be replayed
 *   records-linux keep FOLDER           keeps records until the power button is pressed
 *
 * Record N: 4096 bytes at N * 4096. They are read outside by tests/faults/linux_records.py.
 */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <glob.h>
#include <linux/fb.h>
#include <linux/input.h>
#include <linux/kd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define RECORDS 50000u
#define INPUTS_MAX 16
#define PAUSE_MS 4 /* between records, so that there is room for more for as long as a test takes  \
                    */
#define RETRY_MS 100

/* fs/ext4/ext4.h: where the superblock is, and of it what features a mount must know. */
#define SUPERBLOCK 1024
#define FEATURE_INCOMPAT 0x60
#define INCOMPAT_RECOVER 4

struct file
{
  const char *name;
  int flags;
  uint32_t acknowledged_square, found_square;
  int fd;
  uint32_t number;
};

static uint8_t *frame;
static struct fb_var_screeninfo screen;
static uint32_t pitch, refused;

static void
tell (uint32_t square, uint32_t number)
{
  for (uint32_t y = 0; y < 16; y++)
    for (uint32_t x = 0; x < 16; x++)
      memcpy (frame + y * pitch + (square * 16 + x) * 4, &number, 4);
}

static void
fail (const char *what)
{
  perror (what);
  if (frame != NULL)
    tell (0, 0x40);
  exit (1);
}

static void
open_screen (void)
{
  struct fb_fix_screeninfo fixed;
  int console = open ("/dev/tty0", O_RDWR);
  int fd = open ("/dev/fb0", O_RDWR);

  if (fd < 0 || ioctl (fd, FBIOGET_FSCREENINFO, &fixed) != 0 ||
      ioctl (fd, FBIOGET_VSCREENINFO, &screen) != 0 || screen.bits_per_pixel != 32)
    fail ("/dev/fb0");
  pitch = fixed.line_length;
  frame = mmap (NULL, fixed.smem_len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (frame == MAP_FAILED)
    fail ("/dev/fb0");
  /* The kernel's text would be painted over ours. */
  if (console < 0 || ioctl (console, KDSETMODE, KD_GRAPHICS) != 0)
    fail ("/dev/tty0");
}

static void
wait_ms (int ms)
{
  nanosleep (&(struct timespec) { 0, ms * 1000000l }, NULL);
}

static void
count_refusal (const char *what)
{
  perror (what);
  tell (3, ++refused);
  wait_ms (RETRY_MS);
}

/* Behind the last good record nothing was acknowledged: a torn one is cut off. */
static void
open_records (struct file *file)
{
  ssize_t got = SIZE;

  file->fd = open (file->name, O_RDWR | O_CREAT | file->flags, 0600);
  if (file->fd < 0)
    fail (file->name);
  while (got == SIZE && file->number < RECORDS)
    {
      got = pread (file->fd, record, SIZE, (off_t) file->number * SIZE);
      if (got == SIZE && is_good (file->number))
        file->number++;
      else if (got == SIZE)
        break;
      else if (got < 0)
        {
          count_refusal (file->name);
          got = SIZE;
        }
    }
  if (ftruncate (file->fd, (off_t) file->number * SIZE) != 0)
    fail (file->name);
  tell (file->found_square, file->number);
  tell (file->acknowledged_square, file->number);
}

static void
write_record (struct file *file)
{
  if (file->number == RECORDS)
    return;
  fill (file->number);
  /* A page that could not be written back is clean afterwards: the record is written whole again.
   */
  while (pwrite (file->fd, record, SIZE, (off_t) file->number * SIZE) != SIZE ||
         ((file->flags & O_DSYNC) == 0 && fsync (file->fd) != 0))
    count_refusal (file->name);
  tell (file->acknowledged_square, ++file->number);
}

static int
open_inputs (int *inputs)
{
  glob_t found;
  int n = 0;

  if (glob ("/dev/input/event*", 0, NULL, &found) != 0)
    fail ("/dev/input");
  for (size_t i = 0; i < found.gl_pathc && n < INPUTS_MAX; i++)
    inputs[n++] = open (found.gl_pathv[i], O_RDONLY | O_NONBLOCK);
  return n;
}

static int
is_power_pressed (const int *inputs, int n)
{
  struct input_event event;

  for (int i = 0; i < n; i++)
    while (read (inputs[i], &event, sizeof event) == sizeof event)
      if (event.type == EV_KEY && event.code == KEY_POWER && event.value == 1)
        return 1;
  return 0;
}

static void
keep (const char *folder)
{
  struct file files[] = {
    { .name = "synced", .acknowledged_square = 1, .found_square = 2 },
    { .name = "direct", .flags = O_DIRECT | O_DSYNC, .acknowledged_square = 4, .found_square = 5 },
  };
  int inputs[INPUTS_MAX];
  int n = open_inputs (inputs);

  if (chdir (folder) != 0)
    fail (folder);
  open_records (&files[0]);
  open_records (&files[1]);
  tell (0, 0x20);
  while (!is_power_pressed (inputs, n))
    {
      write_record (&files[0]);
      write_record (&files[1]);
      if (files[0].number == RECORDS && files[1].number == RECORDS)
        tell (0, 0x30);
      wait_ms (PAUSE_MS);
    }
}

/* As the superblock says, whose numbers are little-endian, as this machine's. */
static int
has_journal (const char *device)
{
  uint32_t features;
  int fd = open (device, O_RDONLY);

  if (fd < 0 || pread (fd, &features, 4, SUPERBLOCK + FEATURE_INCOMPAT) != 4)
    fail (device);
  return (features & INCOMPAT_RECOVER) != 0;
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "journal") == 0)
    return has_journal (argv[2]);
  open_screen ();
  if (argc == 4 && strcmp (argv[1], "tell") == 0)
    tell (atoi (argv[2]), atoi (argv[3]));
  else if (argc == 3 && strcmp (argv[1], "keep") == 0)
    keep (argv[2]);
  else
    return 2;
  return 0;
}
