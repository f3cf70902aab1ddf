/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Boot sector of the records guest: loads records.c from the sectors behind it, sets 1024x768x32, enters
 * protected mode and calls records (frame buffer). Runs as the guest.
 */
.set MODE_INFO, 0x6000
.set VBE_MODE, 0x144

  .section .text.boot, "ax"
  .code16
  .globl _start
_start:
  cli
  cld
  ljmp $0, $begin
begin:
  xorw %ax, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movw $0x7c00, %sp
  movw $packet, %si
  movb $0x42, %ah /* extended read, from the drive that the BIOS has left in %dl */
  int $0x13
  jc failed
  movw $0x4f01, %ax
  movw $VBE_MODE, %cx
  movw $MODE_INFO, %di
  int $0x10
  movw $0x4f02, %ax
  movw $(VBE_MODE | 0x4000), %bx
  int $0x10
  cli
  lgdt gdt_pointer
  movl %cr0, %eax
  orb $1, %al
  movl %eax, %cr0
  ljmp $8, $protected
failed:
  hlt
  jmp failed

  .code32
protected:
  movw $16, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movl $0x7c00, %esp
  pushl MODE_INFO + 0x28
  pushl $0
  jmp records

  .globl tick_handler
tick_handler:
  pushl %eax
  movb $0x20, %al
  outb %al, $0x20
  popl %eax
  iret

  .balign 4
packet:
  .byte 16, 0
  .word 32, 0, 0x7e0 /* sectors; offset and segment of 0x7e00 */
  .quad 1
gdt:
  .quad 0
  .quad 0x00cf9a000000ffff /* code, flat */
  .quad 0x00cf92000000ffff /* data, flat */
gdt_pointer:
  .word gdt_pointer - gdt - 1
  .long gdt
  .org 510
  .word 0xaa55
