#!/bin/sh
# peers.sh [-t "THREADS..."] [-o DIR] [-r REGEX] [options of tare compare]: our kernels beside other libraries, measured in
# turns, and a table of how many times as fast ours are: the geometric mean over a row's cases against the best of the
# others in each, with its interval, the case where we do worst, and who wins how often. DIR keeps every row as CSV; of
# the rows only those whose title fits REGEX are measured.
set -euf # no globbing: patterns are tare's
cd "$(dirname "$0")/.."
tare=build/peers/bin/tare
threads="1 $(nproc)"
out=tare-peers
wanted=.
while [ $# -gt 1 ]; do
    case $1 in
    -t) threads=$2 ;;
    -o) out=$2 ;;
    -r) wanted=$2 ;;
    *) break ;;
    esac
    shift 2
done
options=$*
threads=$(echo $threads | tr ' ' '\n' | sort -un)
mkdir -p "$out"

has() { $tare list "$1" >/dev/null 2>&1; }
float=avx2
! has 'kernels/matmul/f32/avx512/*' || float=avx512
int8=$float
! has 'kernels/matmul/q8_0/avx512_vnni/*' || int8=avx512_vnni
has "kernels/matmul/f32/$float/*" || { echo "peers.sh: without AVX2 there is nothing to compare" >&2; exit 3; }

# summary TITLE THREADS FILE: one line of the table.
summary() {
    awk -F, -v title="$1" -v threads="$2" '
        NR == 1 || $NF == "failed" || $NF == "" { next }
        { key = $1 "/" $2; if (!(key in seen)) { seen[key] = 1; order[++n] = key } }
        $4 == "best" || !(key in value) { # of one rival there is no row for the best
            value[key] = log($6); lo[key] = log($7 > 0 ? $7 : 1); hi[key] = log($8 > 0 ? $8 : 1); word[key] = $9
            if (!($7 > 0 && $8 > 0)) unbounded = 1 }
        END {
            if (!n) { printf "| %s | %s | not measured | | |\n", title, threads; exit }
            least = 99
            for (i = 1; i <= n; i++) {
                k = order[i]; sum += value[k]; count[word[k]]++
                below += (value[k] - lo[k]) ^ 2; above += (hi[k] - value[k]) ^ 2
                if (value[k] < least) { least = value[k]; where = k }
            }
            interval = unbounded ? "[unbounded]" : sprintf("[%.3f, %.3f]", exp((sum - sqrt(below)) / n),
                exp((sum + sqrt(above)) / n))
            printf "| %s | %s | %.3f %s | %.3f %s | %d / %d / %d / %d |\n", title, threads, exp(sum / n), interval,
                exp(least), where, count["faster"], count["even"], count["slower"], count["open"]
        }' "$3"
}

# of VARIANT PATTERN: the pattern with the variant in its place.
of() { echo "$2" | sed "s|^\(kernels/[^/]*/[^/]*\)/\*/|\1/$1/|"; }

# choose THREADS OURS OTHERS PATTERN...: sets `cases` to the patterns that we and one of the others have cases of (small
# weights have no cold ones), and `others` to who has any.
choose() {
    t=$1 ours=$2 all=$3 cases= others=
    shift 3
    for pattern in $(echo "$@" | sed "s/%t/$t/g"); do
        has "$(of "$ours" "$pattern")" || continue
        shared=
        for other in $all; do
            has "$(of "$other" "$pattern")" || continue
            shared=yes
            case $others, in *,$other,*) ;; *) others=$others,$other ;; esac
        done
        [ -z "$shared" ] || cases="$cases $pattern"
    done
}

# row TITLE OURS OTHERS PATTERN...: measured where at least one of the others is in the build. %t: threads.
row() {
    title=$1 ours=$2 all=$3
    shift 3
    echo "$title" | grep -Eq "$wanted" || return 0
    for t in $threads; do
        choose "$t" "$ours" "$all" "$@"
        [ -n "$cases" ] || continue
        file="$out/$(echo "$title" | tr -cs 'a-zA-Z0-9\n' -)-$t.csv"
        rm -f "$file"
        $tare compare --variants "$ours$others" --threads "$t" --format csv --output "$file" $options $cases ||
            [ -s "$file" ] || continue
        summary "$title" "$t" "$file" | tee -a "$out/table.md"
    done
}

# products TYPE TOKENS [/cache=...]: the patterns of products on these shapes.
products() {
    for shape in llama-1b.attn_q llama-1b.attn_kv llama-1b.ffn_up llama-1b.ffn_down qwen2.5-0.5b.attn_q; do
        for m in $2; do
            case $1/$shape in *_k/qwen*) continue ;; esac # its rows are no whole blocks
            echo "kernels/matmul/$1/*/$shape/m=$m/threads=%t$3"
        done
    done
}

squares=
for n in 256 512 1024 2048; do squares="$squares kernels/matmul/f32/*/${n}x$n/*/threads=%t"; done
blas="peer_openblas peer_onednn peer_onednn_repacked peer_blis"

printf '| row | threads | times as fast as the best of the others | least | faster / even / slower / open |\n' |
    tee "$out/table.md"
printf '| :-- | --: | --: | :-- | :-- |\n' | tee -a "$out/table.md"
row "matmul f32, 128 and 512 rows, squares" $float "$blas" $(products f32 "128 512" "") $squares
row "matmul f32, 4 rows, hot" $float "$blas" $(products f32 4 /cache=hot)
row "matmul f32, 8 to 32 rows" $float "$blas" $(products f32 "8 16 32" "")
row "matmul f32, 1 row, hot" $float "$blas" $(products f32 1 /cache=hot)
row "matmul f32, 1 row, cold" $float "$blas" $(products f32 1 /cache=cold)
row "matmul int8, 128 and 512 rows" $int8 "peer_onednn" $(products i8 "128 512" "")
row "matmul int8, 1 row, cold" $int8 "peer_onednn" $(products i8 1 /cache=cold)
for type in f16 bf16 q8_0 q4_0 q4_k q6_k; do
    ours=$int8
    case $type in *f16) ours=$float ;; esac
    row "matmul $type, 128 and 512 rows" $ours "peer_ggml peer_ggml_repacked" $(products $type "128 512" "")
    row "matmul $type, 1 row, cold" $ours "peer_ggml peer_ggml_repacked" $(products $type 1 /cache=cold)
done
row "softmax 1024x1024" $float "peer_ggml peer_torch" 'kernels/softmax/f32/*/1024x1024/m=1024/threads=%t'
row "LayerNorm 1024x1024" $float "peer_torch" 'kernels/layernorm/f32/*/1024x1024/m=1024/threads=%t'
row "SiLU, GELU, ReLU 1024x1024" $float "peer_torch" 'kernels/silu/f32/*/1024x1024/m=1024/threads=%t' \
    'kernels/gelu*/f32/*/1024x1024/m=1024/threads=%t' 'kernels/relu/f32/*/1024x1024/m=1024/threads=%t'
row "RMSNorm 1024x1024" $float "peer_ggml" 'kernels/rmsnorm/f32/*/1024x1024/m=1024/threads=%t'
row "RoPE 64x32x512, pairs" $float "peer_ggml" 'kernels/rope_pairs/f32/*/llama-1b.q/m=512/threads=%t'
row "RoPE 64x32x512, halves" $float "peer_ggml" 'kernels/rope_halves/f32/*/llama-1b.q/m=512/threads=%t'
row "RoPE 64x32x512, pairs, in place" $float "peer_ggml" 'kernels/rope_pairs/f32/*/llama-1b.q/m=512/threads=%t/y=x'
row "RoPE 64x32x512, halves, in place" $float "peer_ggml" 'kernels/rope_halves/f32/*/llama-1b.q/m=512/threads=%t/y=x'
row "attention f16, decoding at 2048" $float "peer_ggml" 'kernels/attention/f16/*/llama-1b.decode/n=2048/threads=%t/cache=*'
row "attention f16, prompt of 512" $float "peer_ggml" 'kernels/attention/f16/*/llama-1b.prefill/n=512/threads=%t'
