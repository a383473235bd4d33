// test: serial
// noalias: a target that is promised to lie apart from the operands. The same results, and no look at whether it does.
#include <tenon/core/memory.hpp>
#include <tenon/ops/attention.hpp>
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/normalization.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/random.hpp>
#include <tenon/ops/softmax.hpp>

#include "../support/cases.hpp"

namespace tenon_test::noalias_test {
namespace memory = tn::memory;

namespace {

// How many allocations f() needs.
template <class F>
int allocations(F f) {
  for (int n = 0; n < 100; ++n) {
    memory::fail_after(n);
    const bool good = f().has_value();
    memory::fail_after(-1);
    if (good) return n;
  }
  return -1;
}

tn::tensor<float> cut(const tn::tensor<float>& x, index_t from, const tn::shape& s) {
  return tn::unwrap(tn::view(tn::narrow(x, 0, from, s.numel()), s));
}

}  // namespace

TEST_CASE("noalias changes no result where the promise is kept") {
  const auto a = tn::unwrap(tn::randn<float>({20, 30})), b = tn::unwrap(tn::randn<float>({30, 20})), row = tn::unwrap(tn::randn<float>({30}));
  const auto image = tn::unwrap(tn::randn<float>({1, 3, 9, 9})), kernel = tn::unwrap(tn::randn<float>({4, 3, 3, 3}));
  const auto same = [](const auto& expected, auto write) {
    auto out = tn::unwrap(tn::zeros<float>(expected->shape()));
    REQUIRE(write(tn::noalias(out)));
    CHECK(values(out) == values(*expected));
  };
  same(tn::eval(tn::lazy(a) * 2.0F + row), [&](auto out) { return tn::assign(out, tn::lazy(a) * 2.0F + row); });
  same(tn::add(a, row), [&](auto out) { return tn::add_into(out, a, row); });
  same(tn::matmul(a, b), [&](auto out) { return tn::matmul_into(out, a, b); });
  same(tn::conv2d(image, kernel), [&](auto out) { return tn::conv2d_into(out, image, kernel, tn::none); });
  same(tn::softmax(a, -1), [&](auto out) { return tn::softmax_into(out, a, -1); });
  same(tn::layer_norm(a, {30}), [&](auto out) { return tn::layer_norm_into(out, a, {30}); });
  same(tn::flash_attention(a, a, a), [&](auto out) { return tn::flash_attention_into(out, a, a, a); });
  same(tn::softmin(a, -1), [&](auto out) { return tn::softmin_into(out, a, -1); });            // of the ops that look all the same
}

TEST_CASE("views that never meet, though their strides do not tell, need no temporary") {
  const auto x = tn::unwrap(tn::arange<float>(12));
  auto target = tn::unwrap(tn::slice(x, 0, {.start = 1, .stop = 8, .step = 3}));            // 1 4 7
  const auto from = tn::unwrap(tn::slice(x, 0, {.step = 5}));                               // 0 5 10
  memory::fail_after(0);
  const auto looked = tn::assign(target, tn::lazy(from) * 2.0F), promised = tn::assign(tn::noalias(target), tn::lazy(from) * 2.0F);
  memory::fail_after(-1);
  CHECK(looked.error() == tn::error_code::out_of_memory);
  REQUIRE(promised);
  CHECK(values(x) == std::vector<double>{0, 0, 2, 3, 10, 5, 6, 20, 8, 9, 10, 11});
}

TEST_CASE("nobody looks: a broken promise is a wrong result within bounds") {
  const index_t n = 1000;
  const auto x = tn::unwrap(tn::arange<float>(n + 2));
  const auto before = values(x);
  const auto from = tn::unwrap(tn::narrow(x, 0, 0, n));
  auto to = tn::unwrap(tn::narrow(x, 0, 1, n));
  REQUIRE(tn::assign(tn::noalias(to), from));
  auto right = before;
  for (index_t i = n; i > 0; --i) right[static_cast<std::size_t>(i)] = before[static_cast<std::size_t>(i - 1)];
  const auto after = values(x);
  CHECK(after != right);                                     // elements are read that were written before
  CHECK(after.front() == before.front());
  CHECK(after.back() == before.back());
}

TEST_CASE("ops that trust the promise save the copy apart") {
  const auto memory_of_all = tn::unwrap(tn::randn<float>({4000}));
  const auto a = cut(memory_of_all, 0, {20, 20}), b = cut(memory_of_all, 400, {20, 20});
  auto out = cut(memory_of_all, 10, {20, 20});
  const auto image = cut(memory_of_all, 0, {1, 1, 22, 22}), kernel = cut(memory_of_all, 1000, {1, 1, 3, 3});
  auto pixels = cut(memory_of_all, 10, {1, 1, 20, 20});
  const auto saves = [](auto call, auto& target) {
    return allocations([&] { return call(target); }) - allocations([&] { return call(tn::noalias(target)); });
  };
  CHECK(saves([&](auto&& o) { return tn::mul_into(o, a, b); }, out) == 1);
  CHECK(saves([&](auto&& o) { return tn::matmul_into(o, a, b); }, out) == 1);
  CHECK(saves([&](auto&& o) { return tn::softmax_into(o, a, -1); }, out) == 1);
  CHECK(saves([&](auto&& o) { return tn::layer_norm_into(o, a, {20}); }, out) == 1);
  CHECK(saves([&](auto&& o) { return tn::flash_attention_into(o, a, b, b); }, out) == 1);
  CHECK(saves([&](auto&& o) { return tn::conv2d_into(o, image, kernel, tn::none); }, pixels) == 1);
}

TEST_CASE("an element that is a place is looked at before all") {
  const auto block = tn::unwrap(tn::arange<index_t>(10));    // out lies over the index, which would then point anywhere
  const auto x = tn::unwrap(tn::full<index_t>({9}, 1000000));
  auto out = tn::unwrap(tn::narrow(block, 0, 1, 9));
  const auto index = tn::unwrap(tn::narrow(block, 0, 0, 9));
  REQUIRE(tn::gather_into(tn::noalias(out), x, 0, index));
  CHECK(values(out) == values(x));
}

TEST_CASE("noalias checks what every target is checked for") {
  auto small = tn::unwrap(tn::zeros<float>({2}));
  const auto x = tn::unwrap(tn::zeros<float>({3}));
  CHECK(tn::assign(tn::noalias(small), x).error().message() == "assign: the result has shape [3], but out has [2]");
  auto wide = tn::unwrap(tn::expand(tn::unwrap(tn::zeros<float>({1})), {3}));
  CHECK(tn::assign(tn::noalias(wide), x).error() == tn::error_code::overlapping_memory);
  tn::tensor<float> nothing;
  CHECK(tn::assign(tn::noalias(nothing), x).error() == tn::error_code::invalid_argument);
  CHECK(tn::assign(tn::noalias(tn::narrow(x, 0, 0, 9)), x).error().message() == tn::narrow(x, 0, 0, 9).error().message());
}

}  // namespace tenon_test::noalias_test
