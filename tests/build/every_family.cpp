// A call of at least one op of every family, compiled and not run: without exceptions and RTTI for baseline x86-64, for check_symbols.sh
// to read, and unoptimised for AVX-512.
#include <tenon/tenon.hpp>

namespace tn = tenon;

template <class... R>
static int good(const R&... r) {
  return (static_cast<int>(r.has_value()) + ...);
}

int every_family(const tn::tensor<float>& x, const tn::tensor<float>& y, const tn::tensor<std::int64_t>& i, const char* path);

int every_family(const tn::tensor<float>& x, const tn::tensor<float>& y, const tn::tensor<std::int64_t>& i, const char* path) {
  tn::generator g(1);
  int n = good(tn::zeros<float>({2}), tn::arange<double>(3), tn::linspace<float>(0, 1, 5), tn::eye<float>(3), tn::from_list<float>({{1, 2}}));
  n += good(tn::randn<float>({4}, g), tn::randint<std::int64_t>(0, 9, {4}, g), tn::randperm<std::int64_t>(9, g), tn::bernoulli(x));
  n += good(x + y, x * 2.0F, tn::div(i, 2), tn::pow(x, y), tn::exp(x), tn::log(x), tn::tanh(x), tn::erf(x), tn::sin(x), tn::gelu(x));
  n += good(tn::eval(tn::relu(tn::lazy(x) * y) + 1), tn::where(tn::lt(x, y), x, y), tn::to<tn::half>(x), tn::clamp(x, 0.0F, 1.0F));
  n += good(tn::sum(x), tn::mean(x, {0}), tn::var(x, {0}), tn::norm(x), tn::argmax(x, 0), tn::logsumexp(x, 0), tn::prod(x), tn::any(x));
  n += good(tn::cumsum(x, 0), tn::cummax(x, 0), tn::logcumsumexp(x, 0), tn::softmax(x, -1), tn::log_softmax(x, -1));
  n += good(tn::matmul(x, y), tn::linear(x, y), tn::einsum("ij,jk->ik", x, y), tn::tensordot(x, y, 1));
  n += good(tn::conv2d(x, y), tn::max_pool2d(x, 2), tn::avg_pool2d(x, 2), tn::adaptive_avg_pool2d(x, {1, 1}));
  n += good(tn::layer_norm(x, {8}), tn::rms_norm(x, {8}), tn::group_norm(x, 2), tn::dropout(x, {.p = 0.5}));
  n += good(tn::scaled_dot_product_attention(x, x, x, {.causal = true}), tn::flash_attention(x, x, x));
  n += good(tn::mse_loss(x, y), tn::cross_entropy(x, i), tn::kl_div(x, y), tn::binary_cross_entropy(x, y));
  n += good(tn::cat({x, y}, 0), tn::stack({x, y}, 0), tn::gather(x, 0, i), tn::scatter_add(x, 0, i, y), tn::index_select(x, 0, i));
  n += good(tn::nonzero(x), tn::masked_select(x, tn::lt(x, y)), tn::sort(x, 0), tn::topk(x, 2, 0), tn::unique(x), tn::searchsorted(x, y));
  n += good(tn::flip(x, {0}), tn::roll(x, {1}, {0}), tn::tril(x), tn::pad(x, {1, 1}), tn::repeat(x, {2}), tn::embedding(i, x), tn::one_hot(i));
  n += good(tn::linalg::svd(x), tn::linalg::eigh(x), tn::linalg::eig(x), tn::linalg::solve(x, y), tn::linalg::qr(x), tn::linalg::cholesky(x),
            tn::linalg::det(x), tn::linalg::pinv(x), tn::linalg::lstsq(x, y));
  n += good(tn::io::load_npy(path), tn::io::save_npy(path, x), tn::io::load_weights(path), tn::to(x, tn::device::cuda), x.view({3}), x.at(1));
  return n;
}
