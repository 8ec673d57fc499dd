# The functions of .ci/run that run a stage, count its tests, and add up. To be sourced by bash at the root of the repository.
# shellcheck shell=bash
passed=0
failed=0
summary=''
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What a test says that this machine does not allow, and where all of it is gathered: test/support/can-run.ts
not_here='Left out on this machine'
left_out=$work/left-out
: >"$left_out"

# stage NAME COMMAND…: counts as one test, or as many as the last line of its output says (`N passed, N failed`).
stage() {
  local name=$1
  shift
  run_and_count "$name" --log "$work/log" -- "$@"
}

# suite NAME NPM-COMMAND…: an npm script that runs Jest; its tests are counted one by one.
suite() {
  local name=$1
  shift
  run_and_count "$name" --jest "$work/jest.json" -- "$@" -- --json --outputFile="$work/jest.json"
}

# beside FUNCTION: runs its stages beside those that follow. `join` waits for them, prints what they said, and counts.
besides=()
beside() {
  mkdir -p "$work/$1"
  besides+=("$1")
  (
    shared=$work/$1
    work=$shared/work passed=0 failed=0 summary=''
    mkdir -p "$work"
    trap - EXIT
    "$1"
    echo "$passed $failed" >"$shared/count"
    printf '%s' "$summary" >"$shared/summary"
  ) >"$work/$1/output" 2>&1 &
}

join() {
  wait
  local name count
  for name in "${besides[@]}"; do
    cat "$work/$name/output"
    count=$(cat "$work/$name/count" 2>/dev/null) || count='0 1'
    passed=$((passed + ${count% *}))
    failed=$((failed + ${count#* }))
    summary+=$(cat "$work/$name/summary" 2>/dev/null)$'\n'
  done
}

# run_and_count NAME --log|--jest FILE -- COMMAND…
run_and_count() {
  local name=$1 kind=$2 file=$3 started=$SECONDS code count
  shift 4
  rm -f "$work/jest.json"
  printf '\n== %s\n' "$name"
  "$@" </dev/null 2>&1 | tee "$work/log"
  code=${PIPESTATUS[0]}
  count=$(node .ci/count.mjs "$code" "$kind" "$file") || count='0 1'
  passed=$((passed + ${count% *}))
  failed=$((failed + ${count#* }))
  grep -aoE "$not_here: .+" "$work/log" | sort -u | sed "s/^$not_here/$name/" >>"$left_out"
  summary+=$(printf '%-16s %5d passed %5d failed %5d s' "$name" "${count% *}" "${count#* }" $((SECONDS - started)))$'\n'
}

# leave_out NAME REASON: for a stage that this machine does not allow.
leave_out() {
  echo "$not_here: $1: $2"
  echo "$1: $2" >>"$left_out"
}

# The last lines: each stage, what was left out, and the sum.
add_up() {
  printf '\n%s\n' "$summary"
  if [ -s "$left_out" ]; then
    printf '%s (%d):\n' "$not_here" "$(wc -l <"$left_out")"
    sed 's/^/  /' "$left_out"
    echo
  fi
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
