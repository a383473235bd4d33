#!/bin/sh
# Writes docs/from-pytorch.md: the differences below by hand, the list of ops from the headers.
#   sh docs/make_from_pytorch.sh > docs/from-pytorch.md
set -eu
cd "$(dirname "$0")/.."
cat <<'END'
# Coming from PyTorch

Names, options, defaults and shapes are PyTorch's wherever PyTorch has the op, but for what this page lists. What is spelled otherwise:

| PyTorch | Tenon | |
|---|---|---|
| `y = torch.relu(x)`, an exception on failure | `auto y = tn::relu(x)` is a `result<tensor<T>>` | pass it on, or `TENON_TRY(auto y, tn::relu(x))`, or `tn::unwrap` |
| `x.relu_()`, `torch.add(a, b, out=c)` | `tn::relu_(x)`, `tn::add_into(c, a, b)` | both `result<void>` |
| dtype at run time | `tn::tensor<float>`; `tn::any_tensor` where it is known later | `tn::as<float>(any)` checks, `tn::to<float>(x)` converts |
| `torch.zeros(2, 3)` | `tn::zeros<float>({2, 3})` | |
| `torch.tensor([[1., 2.]])` | `tn::from_list<float>({{1, 2}})`, `tn::from_span<float>(values, {1, 2})` | `tn::wrap(pointer, shape)` borrows |
| `F.conv2d(x, w, b, stride=2)` | `tn::conv2d(x, w, b, {.stride = 2})` | options in PyTorch's order, by name; `tn::none` for a tensor left out |
| `x.sum(dim=(0, 2), keepdim=True)` | `tn::sum(x, {0, 2}, {.keepdim = true})` | |
| `torch.max(x, dim)` | `tn::max(x, dim)` with `.values`, `.indices` | so do min, sort, topk, kthvalue, median; `unique` has `.output`, `.inverse_indices`, `.counts` |
| `F.max_pool2d(..., return_indices=True)` | `tn::max_pool2d_with_indices(...)` | the return type does not depend on an option |
| `a == b`, `a < b`, `~m` | `tn::eq(a, b)`, `tn::lt(a, b)`, `tn::logical_not(m)` | `==`, `!` and `&&` on a result mean the result |
| `x[1:, ::2]` | `x.slice(0, {.start = 1})`, then `.slice(1, {.step = 2})` | negative steps are views, too |
| `is_causal=True` | `{.causal = true}` | a row that sees no key is zero; `.window` for sliding windows |
| `reduction='sum'` | `{.reduction = tn::loss_reduction::sum}` | enums instead of strings |
| `approximate='tanh'` | `{.approximate = tn::gelu_approximation::tanh}` | |
| `torch.manual_seed(0)` | `tn::manual_seed(0)` | other numbers than PyTorch's; the same for every layout, dtype and thread count |
| `x.to('cuda')` | `tn::to(x, tn::device::cuda)` | links `tenon::cuda`; what it has: KNOWN_ISSUES |
| integer division by zero raises | 0 | all integer arithmetic is total |
| fusing by torch.compile | `tn::eval(expression over tn::lazy(x))` | one pass over memory |

## What is not there

Options that PyTorch has on an op that Tenon has, and what says the same. Ops that are missing altogether: KNOWN_ISSUES.

| PyTorch | Tenon |
|---|---|
| `div(a, b, rounding_mode=)` | `floor_divide(a, b)`; `trunc(div(a, b))` |
| `dtype=` of `sum`, `mean`, `prod`, `cumsum`, `cumprod`, `softmax`, `log_softmax`, `softmin` | `sum(to<double>(x))` |
| `squeeze(x, (0, 2))` | one dimension a call, the last first |
| `None` in the size of adaptive pooling | the input's own extent |
| `scatter(..., reduce=)`, `scatter_reduce` | `scatter_add` for sums; else nothing |
| `svd_lowrank(..., M=)` | `svd_lowrank(x - m)` |
| `scaled_dot_product_attention` with q broadcast against k and v | k and v may be broadcast, q has all leading dimensions: `expand` it |
| `scale=None`, `eps=None` | 0 is what stands for the default: `.scale` of attention, `.eps` of `rms_norm`. A scale or eps of 0 cannot be had |

## Where the answers differ

Both libraries were run on the same random tensors, options, layouts and dtypes, special values included. What is left is meant so:

| | PyTorch | Tenon, and why |
|---|---|---|
| `sign`, `sgn`, `heaviside` of NaN | 0 | NaN: a NaN that goes in comes out |
| `gelu`, `silu`, `mish`, `hardswish` at -inf; `softsign` at infinity | NaN, from inf * 0 or inf / inf | the limit: -0, and 1 or -1 |
| `sinc` of whole numbers, `gcd` and `lcm` with the lowest integer, `ldexp(0, large)` | 7e-8, a negative divisor, NaN | 0, positive where the type has it, 0 |
| `ge(x, -1)` for uint8 `x` | false: the scalar wraps to 255 | true: compared as the numbers are |
| float to integer out of range, NaN to integer | whatever the processor does | the nearest value; 0 |
| complex to real by `to` | drops the imaginary part with a warning | an error: take `real`, `imag` or `abs` |
| empty input: channels 0 in `group_norm`, batch 0 with running statistics in `instance_norm` | an exception; NaN statistics | an empty result; statistics stay |
| `max_pool` of a window wholly in the padding | an index outside the input | index 0 |
| `avg_pool3d` of a window larger than the input, but not than the padded input | an exception, unlike in 2d | as in 2d |
| `einsum` of small integers | int64 where it sums first, else their own dtype | their own dtype; sums wrap |
| `pad` with a margin on one side and a cut on the other | reflects what has been cut away, too | cuts first |
| `argmax`, `topk` of bool; `logaddexp`, `hypot`, `log_ndtr` of integers and half types | an exception | as of numbers |
| `clamp`, `hardtanh` of integers with bounds beyond the dtype | an exception | the nearest bound |

## All ops

A name with `_into` writes into memory that exists; with a trailing `_` it works in place. `op` in the list stands for all the
forms that the header has. `copy_(dst, src)` broadcasts its source, but the target of `_into` and `assign` must have exactly the result's shape. (`unique` and `unique_consecutive` answer with three tensors whose lengths depend on the data: there is no
form that writes into memory.) docs/support.md says which dtypes each has.

END

# names FOLDER/ PREFIX: the functions of that folder, a paragraph for each header, whose path loses PREFIX. What PyTorch, or whoever has
# it, calls them is in `elsewhere`, where that is not the folder's own rule.
elsewhere='
  cholesky_solve torch.cholesky_solve   cholesky_inverse torch.cholesky_inverse   logdet torch.logdet   trace torch.trace
  diag_embed torch.diag_embed   block_diag torch.block_diag   kron torch.kron   geqrf torch.geqrf
  svd_lowrank torch.svd_lowrank   pca_lowrank torch.pca_lowrank   polar scipy.linalg.polar   schur scipy.linalg.schur
  hessenberg scipy.linalg.hessenberg
  load_npy numpy.load   save_npy numpy.save   load_weights safetensors.torch.load_file   save_safetensors safetensors.torch.save_file
  to_dlpack torch.utils.dlpack.to_dlpack   from_dlpack torch.from_dlpack   from_eigen -   map_matrix -   map_vector -   to_mdspan -   from_mdspan -'
names() {
  sh tests/build/public_names.sh | grep "^$1" | awk -v prefix="$2" -v elsewhere="$elsewhere" '
  BEGIN { n = split(elsewhere, words, " "); for (i = 1; i < n; i += 2) other[words[i]] = words[i + 1] }
  { sub("^" prefix, "", $1); name = $2; sub(/_into$/, "", name); if (name !~ /_like$/) sub(/_$/, "", name) }
  seen[$1 name]++ { next }
  { if ($1 != last) { printf "%s**`%s`**  ", (last == "" ? "" : "\n\n"), $1; last = $1; first = 1 } printf "%s`%s`", (first ? "" : ", "), name; first = 0
    if (prefix == "" && other[name] != "" && other[name] != "-") printf " (%s)", other[name] }
  END { print "" }'
}
names ops/ ops/
cat <<'END'

## Linear algebra

In `tenon::linalg`; `<tenon/tenon.hpp>` has it, `<tenon/linalg.hpp>` has it alone. Each is `torch.linalg`'s function of the same name, unless another stands in parentheses.
Results with several tensors have PyTorch's members, in small letters: `qr(x)` has `.q`, `.r`, `svd(x)` has `.u`, `.s`, `.vh`, `slogdet(x)` `.sign`, `.logabsdet`.
float, double and complex of both; batches in the leading dimensions.

END
names linalg/ ''
cat <<'END'

## Files and other libraries

In `tenon::io`. `<tenon/tenon.hpp>` has dlpack, npy and safetensors; Eigen and mdspan come by their own headers. In parentheses who else
does the same. Printing with `std::ostream`: `<tenon/io/ostream.hpp>`.

END
names io/ ''
