/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * See the header. Only the instructions that seccomp permits, and of those the ones that exist for
 * whole words; anything else is an error, never a guess.
 */
#include "bpf-interpreter.h"

#include <string.h>

typedef struct
{
  uint32_t a;
  uint32_t x;
  uint32_t memory[BPF_MEMWORDS];
  size_t next;
} Machine;

static bool
load (Machine *machine, const struct sock_filter *line, const struct seccomp_data *data)
{
  switch (line->code)
    {
    case BPF_LD | BPF_W | BPF_ABS:
      if (line->k % 4 != 0 || line->k > sizeof *data - 4)
        return false;
      memcpy (&machine->a, (const char *) data + line->k, 4);
      return true;
    case BPF_LD | BPF_IMM:
      machine->a = line->k;
      return true;
    case BPF_LDX | BPF_IMM:
      machine->x = line->k;
      return true;
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
      if (line->k >= BPF_MEMWORDS)
        return false;
      *(BPF_CLASS (line->code) == BPF_LD ? &machine->a : &machine->x) = machine->memory[line->k];
      return true;
    default:
      return false;
    }
}

static bool
store (Machine *machine, const struct sock_filter *line)
{
  if (line->k >= BPF_MEMWORDS)
    return false;
  machine->memory[line->k] = BPF_CLASS (line->code) == BPF_ST ? machine->a : machine->x;
  return true;
}

static bool
compute (Machine *machine, const struct sock_filter *line)
{
  uint32_t operand = BPF_SRC (line->code) == BPF_X ? machine->x : line->k;

  switch (BPF_OP (line->code))
    {
    case BPF_AND:
      machine->a &= operand;
      return true;
    case BPF_OR:
      machine->a |= operand;
      return true;
    default:
      return false;
    }
}

static bool
jump (Machine *machine, const struct sock_filter *line)
{
  uint32_t operand = BPF_SRC (line->code) == BPF_X ? machine->x : line->k;
  bool taken;

  switch (BPF_OP (line->code))
    {
    case BPF_JA:
      machine->next += line->k;
      return true;
    case BPF_JEQ:
      taken = machine->a == operand;
      break;
    case BPF_JGT:
      taken = machine->a > operand;
      break;
    case BPF_JGE:
      taken = machine->a >= operand;
      break;
    case BPF_JSET:
      taken = (machine->a & operand) != 0;
      break;
    default:
      return false;
    }
  machine->next += taken ? line->jt : line->jf;
  return true;
}

bool
bpf_run (const struct sock_filter *program,
         size_t length,
         const struct seccomp_data *data,
         uint32_t *ret_verdict)
{
  Machine machine = { 0 };

  /* Jumps go forward only, so that this ends. */
  while (machine.next < length)
    {
      const struct sock_filter *line = &program[machine.next++];
      bool known;

      switch (BPF_CLASS (line->code))
        {
        case BPF_LD:
        case BPF_LDX:
          known = load (&machine, line, data);
          break;
        case BPF_ST:
        case BPF_STX:
          known = store (&machine, line);
          break;
        case BPF_ALU:
          known = compute (&machine, line);
          break;
        case BPF_JMP:
          known = jump (&machine, line);
          break;
        case BPF_RET:
          *ret_verdict = BPF_RVAL (line->code) == BPF_A ? machine.a : line->k;
          return true;
        default:
          machine.x = machine.a;
          known = line->code == (BPF_MISC | BPF_TAX);
        }
      if (!known)
        return false;
    }
  return false;
}
