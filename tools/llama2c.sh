#!/usr/bin/env bash
# llama2c.sh RUN MODEL.bin TOKENIZER.bin: how many times as fast `tare generate` decodes as llama2.c's `run` (built by you;
# `gcc -Ofast -march=native` is its fastest), on the same model, greedily, one thread. Both must write the same text. They
# take turns; that clock counts whole milliseconds, so a round is the sum of many runs, which its rounding does not shift.
# Printed are the medians of the rounds in tokens/s, and the median of the ratios with the least and the largest. Neither
# side counts what it computes first: `run` leaves out its first token, tare the prompt and a --warmup.
#   TOKENS=64 ROUNDS=7 RUNS=40 PROMPT="Once upon a time"
set -euo pipefail
run=$(realpath "$1") model=$(realpath "$2") tokenizer=$(realpath "$3")
cd "$(dirname "$0")/.."
tokens=${TOKENS:-64} rounds=${ROUNDS:-7} runs=${RUNS:-40} prompt=${PROMPT:-Once upon a time}

tare() {
    build/release/bin/tare generate --model "$model" --prompt "$prompt" --threads 1 --max-tokens "$1" "${@:2}"
}

field() { # NAME: of one object of JSON on standard input
    sed -E "s/.*\"$1\": ([^,}]*).*/\1/"
}

# ours: "ms tokens" of decoding
ours() {
    tare "$new" --warmup 1 --timing --timing-format json 2>&1 >/dev/null |
        LC_ALL=C awk -F'[:,]' '{for (i = 1; i < NF; i++) {if ($i ~ /"tpot_ms"/) t = $(i + 1); if ($i ~ /"itl_samples"/) n = $(i + 1)}}
            END {print t * n, n + 0}'
}

# theirs: the same
theirs() {
    "$run" "$model" -z "$tokenizer" -t 0 -n "$tokens" -i "$prompt" 2>&1 >/dev/null |
        LC_ALL=C awk -v n=$((tokens - 1)) '/achieved/ {print ($NF + 0 > 0 ? 1000 * n / $NF : 0), n}'
}

prompted=$(tare 1 --timing --timing-format json 2>&1 >/dev/null | field prompt_tokens)
new=$((tokens - prompted + 1)) # the last one is not computed with
if [ "$(tare "$new" 2>/dev/null)" != "$("$run" "$model" -z "$tokenizer" -t 0 -n "$tokens" -i "$prompt" 2>/dev/null)" ]; then
    echo "llama2c.sh: the two write different texts" >&2
    exit 1
fi
for ((round = 0; round < rounds; round++)); do
    for ((i = 0; i < runs; i++)); do
        echo "$(ours) $(theirs)"
    done | LC_ALL=C awk '{ms += $1; n += $2; their_ms += $3; their_n += $4} END {print 1000 * n / ms, 1000 * their_n / their_ms}'
done | LC_ALL=C awk -v name="$(basename "$model")" '
    function sort(a, n,    i, j, t) {
        for (i = 2; i <= n; i++) for (j = i; j > 1 && a[j] < a[j - 1]; j--) {t = a[j]; a[j] = a[j - 1]; a[j - 1] = t}
    }
    {us[NR] = $1; them[NR] = $2; r[NR] = $1 / $2}
    END {
        sort(us, NR); sort(them, NR); sort(r, NR); m = int((NR + 1) / 2)
        printf "%-24s decode   %8.0f tokens/s, theirs %8.0f: %.2f times as fast (%.2f to %.2f in %d rounds)\n", name, us[m], them[m],
            r[m], r[1], r[NR], NR
    }'
