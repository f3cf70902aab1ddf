# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for vitrinectl: the program itself knows what may stand where.
_vitrinectl ()
{
  local IFS=$'\n' i
  COMPREPLY=($(vitrinectl --complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  for i in "${!COMPREPLY[@]}"; do
    COMPREPLY[i]=$(printf '%q' "${COMPREPLY[i]}")
  done
  if [ "${#COMPREPLY[@]}" = 1 ] && [ "${COMPREPLY[0]%=}" != "${COMPREPLY[0]}" ]; then
    compopt -o nospace
  fi
}
complete -o default -F _vitrinectl vitrinectl
