// test: unoptimised
// Tensors that claim to be on a GPU, in a program that was linked without tenon::cuda: every op refuses them, in each of its
// forms, before it touches an element. Their memory cannot be touched: a page without any access, on which a kernel of the CPU
// would end the program.
#include <tenon/core/print.hpp>
#include <tenon/tenon.hpp>

#include "../support/cases.hpp"

#include <sys/mman.h>

namespace tenon_test::no_device_test {
using tn::error_code;

namespace {

std::byte* forbidden_page() {
  static void* const page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(page != MAP_FAILED);
  return static_cast<std::byte*>(page);
}

template <class T>
tn::tensor<T> elsewhere(const tn::shape& s) {
  return tn::tensor<T>::unchecked(tn::any_tensor(tn::adopt_storage(forbidden_page(), 4096, true, nullptr, nullptr), forbidden_page(), s,
                                                 tn::dense_strides(s), tn::dtype_of<T>, tn::device::cuda));
}

// What each op answers. (A program without CUDA cannot have such tensors by any public way.)
template <class R>
void refused(const char* call, const R& r) {
  INFO(call << ": " << r.error().message());
  CHECK((r.error() == error_code::device_unavailable || r.error() == error_code::device_mismatch));
}
#define REFUSED(...) refused(#__VA_ARGS__, __VA_ARGS__)

}  // namespace

TEST_CASE("elementwise ops refuse tensors of a device that is not there") {
  auto x = elsewhere<float>({4, 4}), y = elsewhere<float>({4, 4});
  const auto here = make<float>({4, 4}, uniform(16, -1, 1));
  const auto flag = elsewhere<bool>({4, 4});
  REFUSED(tn::relu(x));
  REFUSED(tn::relu_(x));
  REFUSED(tn::relu_into(y, x));
  REFUSED(tn::add(x, y));
  REFUSED(tn::add(x, 1));
  REFUSED(tn::add(x, here));
  REFUSED(tn::add_into(here.view({4, 4}), x, y));
  REFUSED(tn::where(flag, x, y));
  REFUSED(tn::to<double>(x));
  REFUSED(tn::eval(tn::relu(tn::lazy(x) * y + 1)));
  REFUSED(tn::eval(tn::lazy(x)));
  REFUSED(tn::assign(x, tn::relu(tn::lazy(y))));
  REFUSED(tn::map([](auto a) { return a + a; }, x));
  REFUSED(tn::prelu(x, elsewhere<float>({1})));
  REFUSED(tn::glu(x));
  REFUSED(tn::rrelu(x, {.training = true}));
  REFUSED(tn::dropout(x));
  REFUSED(tn::equal(x, y));
  REFUSED(tn::allclose(x, y));
}

TEST_CASE("copies, moves and readers refuse them") {
  auto x = elsewhere<float>({4, 4});
  auto here = make<float>({4, 4}, uniform(16, -1, 1));
  REFUSED(tn::to(x, tn::device::cpu));
  REFUSED(tn::to(here, tn::device::cuda));
  REFUSED(tn::clone(x));
  REFUSED(tn::contiguous(x.transpose(0, 1)));
  REFUSED(tn::reshape(x.transpose(0, 1), {16}));
  REFUSED(tn::copy_(here, x));
  REFUSED(tn::copy_(x, here));
  REFUSED(tn::to(x.any(), tn::dtype::float64));
  REFUSED(tn::item(elsewhere<float>({})));
  REFUSED(x.span());
  REFUSED(x.at(0, 0));
  REFUSED(x.set({0, 0}, 1));
  REFUSED(tn::full<float>({2}, 1, {tn::device::cuda}));
  REFUSED(tn::zeros_like(x));
  REFUSED(tn::rand_like(x));
  REFUSED(tn::arange<float>(3, {tn::device::cuda}));
  REFUSED(tn::from_list<float>({1, 2}, {tn::device::cuda}));
  REFUSED(tn::cat({x, x}, 0));
  REFUSED(tn::stack({x, x}, 0));
  REFUSED(tn::flip(x, {0}));
  REFUSED(tn::roll(x, {1}, {0}));
  REFUSED(tn::pad(x, {1, 1}));
  REFUSED(tn::repeat(x, {2, 2}));
  REFUSED(tn::tril(x));
  REFUSED(tn::synchronize(tn::device::cuda));
  REFUSED(tn::device_count(tn::device::cuda));
  CHECK_FALSE(tn::stream_scope(nullptr).good());
  CHECK(tn::to_text(x).view().find("device=cuda") != std::string_view::npos);
}

TEST_CASE("ops with kernels of their own refuse them") {
  auto x = elsewhere<float>({4, 4}), y = elsewhere<float>({4, 4});
  const auto index = elsewhere<std::int64_t>({4, 4}), classes = elsewhere<std::int64_t>({4});
  const auto image = elsewhere<float>({1, 4, 4, 4}), weight = elsewhere<float>({4, 4, 2, 2});
  const auto vector = elsewhere<float>({4});
  REFUSED(tn::softmax(x, 0));
  REFUSED(tn::softmax_(x, 0));
  REFUSED(tn::log_softmax_into(y, x, 0));
  REFUSED(tn::softmin(x, 0));
  REFUSED(tn::sum(x));
  REFUSED(tn::mean(x, 0));
  REFUSED(tn::var(x));
  REFUSED(tn::var_mean(x));
  REFUSED(tn::amax(x));
  REFUSED(tn::aminmax(x));
  REFUSED(tn::argmax(x));
  REFUSED(tn::max(x, 0));
  REFUSED(tn::logsumexp(x, 1));
  REFUSED(tn::norm(x));
  REFUSED(tn::any(x));
  REFUSED(tn::sort(x));
  REFUSED(tn::argsort(x));
  REFUSED(tn::topk(x, 2));
  REFUSED(tn::median(x));
  REFUSED(tn::unique(x));
  REFUSED(tn::nonzero(elsewhere<bool>({4, 4})));
  REFUSED(tn::masked_select(x, elsewhere<bool>({4, 4})));
  REFUSED(tn::gather(x, 0, index));
  REFUSED(tn::index_select(x, 0, classes));
  REFUSED(tn::embedding(index, x));
  REFUSED(tn::scatter(x, 0, index, y));
  REFUSED(tn::scatter_add(x, 0, index, y));
  REFUSED(tn::one_hot(classes));
  REFUSED(tn::one_hot(classes, 3));
  REFUSED(tn::bincount(classes));
  REFUSED(tn::searchsorted(vector, vector));
  REFUSED(tn::repeat_interleave(x, 2, 0));
  REFUSED(tn::matmul(x, y));
  REFUSED(tn::linear(x, y));
  REFUSED(tn::addmm(x, x, y));
  REFUSED(tn::outer(vector, vector));
  REFUSED(tn::einsum("ij,jk->ik", x, y));
  REFUSED(tn::conv2d(image, weight));
  REFUSED(tn::max_pool2d(image, 2));
  REFUSED(tn::avg_pool2d(image, 2));
  REFUSED(tn::layer_norm(x, {4}));
  REFUSED(tn::group_norm(image, 2));
  REFUSED(tn::instance_norm(image));
  REFUSED(tn::batch_norm(image, vector, vector));
  REFUSED(tn::scaled_dot_product_attention(image, image, image));
  REFUSED(tn::mse_loss(x, y));
  REFUSED(tn::cross_entropy(x, classes));
  REFUSED(tn::bernoulli(x));
  REFUSED(tn::uniform_(x));
  REFUSED(tn::bernoulli_(x, y));
}

#undef REFUSED

}  // namespace tenon_test::no_device_test
