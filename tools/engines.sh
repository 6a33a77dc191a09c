#!/usr/bin/env bash
# engines.sh LLAMA_BENCH MODEL.gguf...: how many times as fast `tare generate` is as another engine's llama-bench (llama.cpp
# or ik_llama.cpp, built by you) on the same files and threads. The two take turns, ROUNDS times; printed are the medians
# in tokens/s, and the median of the rounds' ratios with the least and the largest.
#   THREADS=2 ROUNDS=5 PROMPT=128 NEW=32   FLAGS="-rtr 1": what llama-bench is given besides   OURS="": what tare is
# Give both the same kind of memory: ik_llama.cpp's -rtr 1 repacks a copy, in ordinary pages, and so does not map; -mmp 0
# copies, -thp 1 asks for reserved huge pages. Ours maps, and OURS=--no-mmap copies to huge pages where the system has them.
set -euo pipefail
cd "$(dirname "$0")/.."
threads=${THREADS:-$(nproc)} rounds=${ROUNDS:-5} prompt=${PROMPT:-128} new=${NEW:-32}
flags=${FLAGS--rtr 1} own=${OURS-}
bench=$1
shift
text=$(for ((i = 1; i < prompt; i++)); do printf 'a '; done) # one token each, and the beginning of the text

# ours MODEL: "prefill decode", tokens/s
ours() {
    # shellcheck disable=SC2086 # flags are words
    build/release/bin/tare generate --model "$1" --prompt "${text% }" --max-tokens $((new + 1)) --threads "$threads" --kv f16 \
        --warmup 1 --timing $own 2>&1 >/dev/null |
        LC_ALL=C awk '/^prompt /{n = $2; for (i = 1; i < NF; i++) if ($(i + 1) == "tokens/s") p = $i}
            /^tokens after it/{for (i = 1; i < NF; i++) if ($(i + 1) ~ /^tokens\/s/) d = $i}
            END {print p, d, n}'
}

# theirs MODEL: the same
theirs() {
    # shellcheck disable=SC2086 # flags are words
    "$bench" -m "$1" -t "$threads" -p "$prompt" -n "$new" -r 1 $flags 2>/dev/null |
        LC_ALL=C awk -F'|' -v p="pp$prompt" -v d="tg$new" 'NF > 3 {
            name = $(NF - 2); gsub(/ /, "", name); split($(NF - 1), rate, " ")
            if (name == p) pre = rate[1]; if (name == d) dec = rate[1]} END {print pre, dec}'
}

for model in "$@"; do
    for ((i = 0; i < rounds; i++)); do
        echo "$(ours "$model") $(theirs "$model")"
    done | LC_ALL=C awk -v name="$(basename "$model")" '
        function sort(a, n,    i, j, t) {
            for (i = 2; i <= n; i++) for (j = i; j > 1 && a[j] < a[j - 1]; j--) {t = a[j]; a[j] = a[j - 1]; a[j - 1] = t}
        }
        function line(what, us, them,    i, r) {
            for (i = 1; i <= NR; i++) r[i] = us[i] / them[i]
            sort(r, NR); sort(us, NR); sort(them, NR); m = int((NR + 1) / 2)
            printf "%-24s %-8s %8.2f tokens/s, theirs %8.2f: %.2f times as fast (%.2f to %.2f in %d rounds)\n", name, what, us[m],
                them[m], r[m], r[1], r[NR], NR
        }
        {p[NR] = $1; d[NR] = $2; n = $3; q[NR] = $4; e[NR] = $5}
        END {line("prefill " n, p, q); line("decode", d, e)}'
done
