// test: alone serial full-only unoptimised
// Every op says its own name in errors, whatever it is made of: the rows of docs/support.md, on operands of shapes that do not fit and
// with memory that runs out at every n-th allocation. And none puts its name to an error that an operand brought along.
#include <tenon/core/memory.hpp>
#include <tenon/tenon.hpp>

#include "../support/catch.hpp"

#include <string>

using namespace tenon;

namespace {

// "functions::add" and "linalg::svd_lowrank(a, {.q = 2})" to their last name: svd_lowrank. The forms of an op share its name.
std::string name_of(std::string call) {
  call = call.substr(0, call.find_first_of("(<,"));
  if (const auto at = call.rfind(':'); at != std::string::npos) call = call.substr(at + 1);
  for (const std::string form : {"_into", "_"})
    if (call.size() > form.size() && call.ends_with(form)) call = call.substr(0, call.size() - form.size());
  return call;
}

void check_name(const std::string& call, const error& e) {
  INFO(call << " answers: " << e.message());
  CHECK(name_of(e.op()) == name_of(call));
  CHECK(e.message().starts_with(std::string(e.op()) + ": "));
}

// How often call() failed, with all the memory there is and with none after n allocations.
template <class Call>
int fail(const std::string& name, Call call) {
  int failures = 0;
  bool starved = false;
  for (std::int64_t n = -1; n < 100; ++n) {
    memory::fail_after(n);
    const auto r = call();
    memory::fail_after(-1);
    if (!r) {
      ++failures;
      check_name(name, r.error());
      if (n < 0) break;
    } else if (n >= 0) {
      starved = true;
      break;
    }
  }
  INFO(name << " goes on failing with memory");
  CHECK((starved || failures == 1));
  return failures;
}

// first_of<op_at_7>: the first of some dtypes that it has.
#include "../build/support_table/row_structs.inc"

template <template <class> class Op, class T, class... Ts>
struct first_of : std::conditional_t<supports<Op<T>>(dtype_of<T>), std::type_identity<T>, first_of<Op, Ts..., void>> {};
template <template <class> class Op, class... Ts>
struct first_of<Op, void, Ts...> {};
template <template <class> class Op>
using operand_type = typename first_of<Op, float, index_t, bool, std::complex<float>>::type;

}  // namespace

TEST_CASE("the rows of docs/support.md") {
  const shape shapes[] = {shape(), shape(0), shape(2), shape(2, 3), shape(3, 3), shape(2, 2, 3), shape(0, 2, 0), shape(1, 1, 4, 4), shape(2, 1, 3, 3, 3)};
#define X result<tensor<T>>(x)
#define ROW(name, op, ...)                                                                     \
  {                                                                                            \
    using T = operand_type<JOIN(op_at_, __LINE__)>;                                            \
    int failures = 0;                                                                          \
    for (const shape& s : shapes) {                                                            \
      const auto x = unwrap(full<T>(s, 1));                                                    \
      const auto B = unwrap(full<bool>(s, true));                                              \
      const auto I = unwrap(full<index_t>(s, 1));                                              \
      const auto F = unwrap(full<float>(s, 1));                                                \
      static_cast<void>(B), static_cast<void>(I), static_cast<void>(F);                        \
      failures += fail(#__VA_ARGS__, [&] { return tenon::__VA_ARGS__; });                      \
    }                                                                                          \
    INFO(#__VA_ARGS__);                                                                        \
    CHECK((failures > 0 || name_of(#__VA_ARGS__) == "equal" || name_of(#__VA_ARGS__) == "allclose")); \
  }
#include "../build/support_table/rows.inc"
#undef ROW
#undef X
}

TEST_CASE("an error that an operand brings along stays what it is") {
  const error brought(error_code::invalid_argument, "somebody", make_text("not me"));
#define X result<tensor<T>>(brought)
#define ROW(name, op, ...)                                                                     \
  {                                                                                            \
    using T = operand_type<JOIN(op_at_, __LINE__)>;                                            \
    const result<tensor<bool>> B = brought;                                                    \
    const result<tensor<index_t>> I = brought;                                                 \
    const result<tensor<float>> F = brought;                                                   \
    INFO(#__VA_ARGS__);                                                                        \
    CHECK((tenon::__VA_ARGS__).error().message() == "somebody: not me");                       \
  }
#include "../build/support_table/rows.inc"
#undef ROW
#undef X
}

TEST_CASE("functions without a row there, and calls that need shapes of their own") {
  const auto v = unwrap(full<float>({6}, 1)), a = unwrap(full<float>({2, 3}, 1)), b = unwrap(full<float>({3, 2}, 1)), c = unwrap(eye<float>(4));
  const auto image = unwrap(full<float>({1, 2, 6, 6}, 1)), kernel = unwrap(full<float>({2, 2, 3, 3}, 1)), heads = unwrap(full<float>({2, 4, 3}, 1));
  const auto turned = unwrap(transpose(a, 0, 1));
  const auto h = unwrap(full<half>({2, 3}, 1));
  const auto i32 = unwrap(full<std::int32_t>({2}, 1)), row = unwrap(full<std::int32_t>({1, 3}, 1));
  const auto mask = unwrap(full<bool>({2, 3}, true));
  auto out = unwrap(full<float>({7, 7}, 1));
#define FAILS(...) CHECK(fail(#__VA_ARGS__, [&] { return __VA_ARGS__; }) > 0)
  FAILS(tenon::view(v, {5}));
  FAILS(reshape(v, {5}));
  FAILS(reshape(turned, {6}));
  FAILS(permute(a, {0}));
  FAILS(transpose(a, 0, 2));
  FAILS(swapaxes(a, 0, 2));
  FAILS(t(heads));
  FAILS(mT(v));
  FAILS(movedim(a, {0}, {5}));
  FAILS(slice(a, 2, {}));
  FAILS(select(a, 0, 9));
  FAILS(narrow(a, 0, 1, 9));
  FAILS(expand(a, {5, 5}));
  FAILS(broadcast_to(a, {5, 5}));
  FAILS(expand_as(a, v));
  FAILS(squeeze(a, 5));
  FAILS(unsqueeze(a, 5));
  FAILS(diagonal(v));
  FAILS(unflatten(v, 0, {4, 4}));
  FAILS(flatten(turned));
  FAILS(flatten(a, 1, 0));
  FAILS(ravel(turned));
  FAILS(split(a, 0));
  FAILS(split(a, {1, 9}));
  FAILS(chunk(a, 0));
  FAILS(unbind(a, 5));
  FAILS(tensor_split(a, 0));
  FAILS(clone(a));
  FAILS(contiguous(turned));
  FAILS(copy_(out, a));
  FAILS(copy_(out, h));
  FAILS(item(a));
  FAILS(to<double>(a));
  FAILS(to(a, dtype::float64));
  FAILS(meshgrid({a, a}));
  FAILS(max(v));
  FAILS(min(v));
  FAILS(fliplr(v));
  FAILS(flipud(unwrap(select(v, 0, 0))));
  FAILS(hstack({v, unwrap(sum(a, 1)), unwrap(reshape(v, {2, 3}))}));
  FAILS(vstack({a, c}));
  FAILS(dstack({a, c}));
  FAILS(bucketize(v, a));
  FAILS(argwhere(a));
  FAILS(nonzero(a));
  FAILS(masked_select(a, mask));
  FAILS(addmm(a, a, a));
  FAILS(addmm(c, a, b));
  FAILS(addmm_into(out, c, a, b));
  FAILS(baddbmm(a, a, a));
  FAILS(outer(a, a));
  FAILS(matmul(turned, turned));
  FAILS(einsum("ij,jk->ik", a, b));
  FAILS(tensordot(a, b, 1));
  FAILS(flash_attention(a, v, v));
  FAILS(flash_attention(heads, heads, heads));
  FAILS(flash_attention_into(out, heads, heads, heads));
  FAILS(scaled_dot_product_attention(heads, heads, heads));
  FAILS(conv2d(image, kernel));
  FAILS(max_pool2d_with_indices(image, 2));
  FAILS(batch_norm(image, none, none, none, none, {.training = true}));
  FAILS(instance_norm(image));
  FAILS(rms_norm(a, {3}));
  FAILS(group_norm(image, 3));
  FAILS(clamp(a, v, none));
  FAILS(clamp(a, none, v));
  CHECK(fail("clamp, lazy", [&] { return eval(clamp(lazy(a), v, none)); }) > 0);
  CHECK(fail("clamp, lazy", [&] { return eval(clamp(lazy(a), none, v)); }) > 0);
  FAILS(clamp_into(out, lazy(a), 0, none));
  CHECK(fail("selu, lazy", [&] { return eval(selu(lazy(a))); }) > 0);
  FAILS(selu_into(out, lazy(a)));
  FAILS(clamp_into(out, a, 0, none));
  FAILS(clamp_(out, a, none));
  FAILS(selu_into(out, a));
  FAILS(rrelu_into(out, a));
  FAILS(rrelu(a, {.training = true}));
  FAILS(prelu(a, v));
  FAILS(glu(a));
  FAILS(gather(v, 0, i32));
  FAILS(take_along_dim(v, i32, 0));
  FAILS(take_along_dim(v, i32));
  FAILS(index_select(v, 0, i32));
  FAILS(embedding(i32, a));
  FAILS(scatter(v, 0, i32, v));
  FAILS(scatter(v, 0, i32, 1));
  FAILS(scatter_add(v, 0, i32, v));
  FAILS(scatter_add(h, 0, row, h));
  FAILS(one_hot(i32));
  FAILS(bincount(i32));
  FAILS(repeat_interleave(a, i32, 0));
  FAILS(nll_loss(a, i32));
  FAILS(cross_entropy(a, i32));
  FAILS(cross_entropy(h, i32));
  FAILS(cross_entropy(a, a));
  FAILS(mse_loss(a, b));
  FAILS(mse_loss(h, h));
  FAILS(binary_cross_entropy(a, a, v));
  FAILS(mse_loss_into(out, a, a));
  FAILS(allclose(a, b));
  FAILS(repeat_interleave(a, 2, 5));
  FAILS(dropout_into(out, a));
  FAILS(dropout2d(a));
  FAILS(bernoulli(turned));
  FAILS(bernoulli_(out, a));
  FAILS(zeros({2}, dtype::float32));
  FAILS(ones({2}, dtype::float32));
  FAILS(full({2}, 1, dtype::float32));
  FAILS(zeros<float>({2}));
  FAILS(zeros_like(a));
  FAILS(full_like(a, 1));
  FAILS(rand_like(a));
  FAILS(arange<float>(5));
  FAILS(eye<float>(5));
  FAILS(randperm(5));
  FAILS(linalg::vecdot(a, b));
  FAILS(linalg::vecdot(a, a, 5));
  FAILS(linalg::cross(a, a));
  FAILS(linalg::kron(a, a));
  FAILS(linalg::trace(v));
  FAILS(linalg::diagonal(v));
  FAILS(linalg::diag_embed(a));
  FAILS(linalg::block_diag({heads}));
  FAILS(linalg::multi_dot({a, a}));
  FAILS(linalg::vector_norm(a, 2, {5}));
  FAILS(linalg::matrix_norm(a, 2, {0, 5}));
  FAILS(linalg::matrix_norm(a, linalg::nuc));
  FAILS(linalg::norm(a, 1));
  FAILS(linalg::cond(a));
  FAILS(linalg::cond(c, 1));
  FAILS(linalg::svd_lowrank(c, {.q = 2}));
  FAILS(linalg::pca_lowrank(c, {.q = 2}));
  FAILS(linalg::pinv(c));
  FAILS(linalg::matrix_rank(c));
  FAILS(linalg::polar(c));
  FAILS(linalg::matrix_exp(c));
  FAILS(linalg::matrix_power(c, -3));
  FAILS(linalg::tensorinv(c, 1));
  FAILS(linalg::tensorsolve(a, a));
  FAILS(linalg::lstsq(c, c));
  FAILS(linalg::inv(a));
  FAILS(linalg::solve(a, a));
  FAILS(linalg::lu_factor(c));
  FAILS(linalg::det(c));
  FAILS(linalg::slogdet(c));
  FAILS(linalg::logdet(c));
#undef FAILS
}
