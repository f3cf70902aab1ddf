/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Guests of one boot sector for the tests and the bench: what a BIOS loads at 0x7c00 from the first
 * disk. Assembled once a guest with one of these defined:
 *
 *   GUEST_IDLE    text mode, the cursor hidden, halted for ever
 *   GUEST_PAINT   1024x768x32 filled with 0x2060a0, a 64x64 square of 0xf0c020 in its corner, halted
 *   GUEST_KEYS    1024x768x32, halted between keys. Each byte that the keyboard controller delivers
 *                 (scancode set 1, make and break) changes the 64x64 square in the corner to
 *                 0xSSNN40 (SS the scancode, NN how many bytes so far) and leaves a 16x16 square
 *                 0xSS8040 below it: byte n at x = n % 64 * 16, y = 64 + n / 64 % 32 * 16. A byte of the
 *                 mouse does the same with 0xSSNN60 and 0xSSff60.
 *   GUEST_FULL    1920x1080x32, every pixel another colour 60 times a second by the timer's interrupt
 *   GUEST_PHOTO   1920x1080x32, something like a photograph: smooth colours with a little noise in each
 *                 channel, somewhere else 40 times a second, so that every pixel changes
 *   GUEST_TYPE    text mode, the cursor blinking: what is typed is shown
 *   GUEST_BUTTON  text mode, all green; powers itself off when its power button is pressed
 *   GUEST_OFF     powers itself off at once
 *   GUEST_WRITER  copies sectors 1..64 of its disk over sectors 0..63, then powers off: the disk
 *                 replaces its own header, as a hostile guest would
 *
 * Runs as the guest, trusted by nobody. The code must fit 510 bytes; the image is 1 MiB.
 */
#include "boot.inc"

.set MODE_INFO, 0x8000
.set IDT, 0x9000
.set BACKGROUND, 0x2060a0
.set SQUARE, 0xf0c020
.set WIDTH, 1024
.set PIXELS, 1024 * 768
.set VBE_MODE, 0x144
.set PHOTO, 0x1000000 /* in memory; a little larger than the screen */
.set PHOTO_STEP, 1920 * 7 + 13
.set PHOTO_STEPS, 32
#if defined(GUEST_FULL) || defined(GUEST_PHOTO)
#define MOVING 1
.set WIDTH_FULL, 1920
.set PIXELS_FULL, 1920 * 1080
.set VBE_MODE, 0x192
#endif

#if defined(GUEST_PAINT) || defined(GUEST_KEYS) || defined(MOVING)
#define GRAPHICAL 1
#endif
#if defined(GUEST_KEYS) || defined(MOVING)
#define INTERRUPTS 1
#endif

  .text
  boot_begin
  movb %dl, drive

#ifdef GUEST_IDLE
  movw $message, %si
  call print
  movb $0x01, %ah /* no cursor: it would blink, and each blink is a change of the picture */
  movw $0x2000, %cx
  int $0x10
1:
  hlt
  jmp 1b
message:
  .asciz "idle"
#endif

#ifdef GUEST_TYPE
1:
  xorb %ah, %ah
  int $0x16
  movb $0x0e, %ah
  movw $7, %bx
  int $0x10
  jmp 1b
#endif

#ifdef GUEST_BUTTON
  movw $0x602, %dx /* PM1 enable: the power button, for QEMU's q35 and pc */
  movw $0x100, %ax
  outw %ax, %dx
  movw $0x0003, %ax /* text mode, and all of it green: the button is listened to */
  int $0x10
  movw $0x0920, %ax
  movw $0x0020, %bx
  movw $2000, %cx
  int $0x10
  movw $0x600, %dx
1: /* without a pause: nobody switches off faster */
  inw %dx, %ax
  testw $0x100, %ax
  jz 1b
  jmp power_off
#endif

#ifdef GUEST_OFF
  jmp power_off
#endif

#ifdef GUEST_WRITER
  movw $read_packet, %si
  movb $0x42, %ah
  movb drive, %dl
  int $0x13
  jc failed
  movw $write_packet, %si
  movw $0x4300, %ax
  movb drive, %dl
  int $0x13
  jc failed
  jmp power_off
failed:
  movw $message, %si
  call print
1:
  hlt
  jmp 1b
message:
  .asciz "writer: the disk could not be read or written"
  .balign 4
read_packet:
  .byte 16, 0
  .word 64, 0, 0x1000
  .quad 1
write_packet:
  .byte 16, 0
  .word 64, 0, 0x1000
  .quad 0
#endif

#if defined(GUEST_BUTTON) || defined(GUEST_OFF) || defined(GUEST_WRITER)
power_off:
  movw $0x604, %dx /* PM1 control: sleep type 0, which is soft off on QEMU, and sleep enable */
  movw $0x2000, %ax
  outw %ax, %dx
1:
  hlt
  jmp 1b
#endif

#if defined(GUEST_IDLE) || defined(GUEST_WRITER)
print:
  lodsb
  testb %al, %al
  jz 1f
  movb $0x0e, %ah
  movw $7, %bx
  int $0x10
  jmp print
1:
  ret
#endif

#ifdef GRAPHICAL
  boot_set_mode
  cli
  boot_protect

  .code32
protected:
  boot_segments
  movl MODE_INFO + 0x28, %ebp /* where the frame buffer is */

#ifdef INTERRUPTS
  /* One handler for every vector: the interrupt controllers stay where the BIOS left them. */
  movl $IDT, %edi
  movl $256, %ecx
1:
  movl $(0x80000 + handler), %eax
  stosl
  movl $0x8e00, %eax
  stosl
  loop 1b
  lidt idt_pointer
#endif

#ifndef MOVING
  movl $BACKGROUND, %eax
  movl %ebp, %edi
  movl $PIXELS, %ecx
  rep stosl
  movl $SQUARE, %eax
  movl %ebp, %edi
  movl $64, %edx
  call square
#endif

#ifdef GUEST_PAINT
1:
  hlt
  jmp 1b
#endif

#ifdef GUEST_KEYS
  movb $0xa8, %al /* the mouse's port on */
  outb %al, $0x64
  movb $0x20, %al /* read the controller's command byte */
  outb %al, $0x64
  call wait_byte
  inb $0x60, %al
  andb $0xcf, %al /* both clocks on */
  orb $0x03, %al /* both interrupts on */
  movb %al, %bl
  movb $0x60, %al
  outb %al, $0x64
  movb %bl, %al
  outb %al, $0x60
  movb $0xd4, %al /* to the mouse: report */
  outb %al, $0x64
  movb $0xf4, %al
  outb %al, $0x60
  call wait_byte
  inb $0x60, %al /* its acknowledgement */
  movb $0xf9, %al /* keyboard and the second controller */
  outb %al, $0x21
  movb $0xef, %al /* mouse */
  outb %al, $0xa1
  xorl %esi, %esi /* how many bytes so far */
  sti
1:
  hlt
  jmp 1b

wait_byte:
  inb $0x64, %al
  testb $1, %al
  jz wait_byte
  ret

handler:
  inb $0x64, %al
  movb %al, %ah
  testb $1, %al
  jz 3f
  movzbl %ah, %ebx
  andl $0x20, %ebx /* from the mouse: 0x20 is added to the blue */
  addl $0x40, %ebx
  xorl %eax, %eax
  inb $0x60, %al
  shll $16, %eax
  orl %ebx, %eax

  pushl %eax
  movl %esi, %ecx
  andl $63, %ecx
  shll $6, %ecx /* 16 pixels of 4 bytes */
  movl %esi, %edi
  shrl $6, %edi
  andl $31, %edi /* however many they are, on the screen */
  shll $16, %edi /* 16 lines of 4096 bytes */
  leal 64 * 4096(%ebp, %edi), %edi
  addl %ecx, %edi
  cmpl $0x40, %ebx
  movb $0x80, %ah
  je 2f
  movb $0xff, %ah
2:
  movl $16, %edx
  call square
  popl %eax

  incl %esi
  movl %esi, %ecx
  movb %cl, %ah
  movl %ebp, %edi
  movl $64, %edx
  call square
3:
  movb $0x20, %al
  outb %al, $0xa0
  outb %al, $0x20
  iret
#endif

#ifdef GUEST_FULL
.set RATE, 60
#endif
#ifdef GUEST_PHOTO
.set RATE, 40
  movl $PHOTO, %edi
  xorl %esi, %esi /* line */
1:
  xorl %ecx, %ecx /* column */
2:
  imull $1103515245, %ebx /* noise */
  addl $12345, %ebx
  movl %ebx, %eax
  shrl $8, %eax
  andl $0x070707, %eax
  addl $0x404040, %eax
  movl %ecx, %edx /* red: along a line */
  shll $12, %edx
  andl $0x7f0000, %edx
  addl %edx, %eax
  movl %esi, %edx /* green: down the screen */
  shll $5, %edx
  andl $0x7f00, %edx
  addl %edx, %eax
  leal (%ecx, %esi), %edx /* blue: both */
  shrl $4, %edx
  andl $0x7f, %edx
  addl %edx, %eax
  stosl
  incl %ecx
  cmpl $1920, %ecx
  jb 2b
  incl %esi
  cmpl $(1080 + 8 * PHOTO_STEPS), %esi
  jb 1b
#endif

#ifdef MOVING
  movb $0x34, %al /* the timer */
  outb %al, $0x43
  movw $(1193182 / RATE), %ax
  outb %al, $0x40
  movb %ah, %al
  outb %al, $0x40
  movb $0xfe, %al
  outb %al, $0x21
  movb $0xff, %al
  outb %al, $0xa1
  xorl %ebx, %ebx
  sti
1:
  hlt
  movl %ebp, %edi
  movl $PIXELS_FULL, %ecx
#ifdef GUEST_FULL
  /* Another colour in every channel each time, so that no tile ever looks unchanged. */
  addl $0x010307, %ebx
  movl %ebx, %eax
  andl $0xffffff, %eax
  rep stosl
#else
  incl %ebx
  andl $(PHOTO_STEPS - 1), %ebx
  imull $(PHOTO_STEP * 4), %ebx, %esi
  addl $PHOTO, %esi
  rep movsl
#endif
  jmp 1b

handler:
  pushl %eax
  movb $0x20, %al
  outb %al, $0x20
  popl %eax
  iret
#endif

#ifndef MOVING
/* A square of %edx pixels each way at %edi, colour %eax. Changes %ecx, %edx, %edi. */
square:
  pushl %ebx
  movl %edx, %ebx
1:
  movl %ebx, %ecx
  rep stosl
  movl %ebx, %ecx
  negl %ecx
  leal WIDTH * 4(%edi, %ecx, 4), %edi
  decl %edx
  jnz 1b
  popl %ebx
  ret
#endif

  .balign 4
  boot_descriptors
#ifdef INTERRUPTS
idt_pointer:
  .word 256 * 8 - 1
  .long IDT
#endif
#endif

drive:
  .byte 0x80
  .org 510
  .word 0xaa55
  .org 1 << 20 /* SeaBIOS reads no disk of less than a cylinder behind AHCI */
