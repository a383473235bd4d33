// test: links=tenon_cuda_on_host
// A machine without cuDNN 9 (here: one whose program has brought version 8): asking for it says what to install, and automatic is our own.
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/copy.hpp>

#include "../support/cases.hpp"
#include "host_cudnn.hpp"

namespace tenon_test::convolutions_without_cudnn_test {
using tn::conv_algorithm;

TEST_CASE("without cuDNN") {
  host_cudnn_version = 8907;                     // before the first question
  const auto there = [](const tn::tensor<float>& t) { return tn::unwrap(tn::to(t, tn::device::cuda)); };
  const auto x = there(make<float>({1, 4, 6, 6}, uniform(144, -1, 1))), w = there(make<float>({8, 4, 3, 3}, uniform(288, -1, 1, 2)));
  const auto y = tn::conv2d(x, w, {.algorithm = conv_algorithm::cudnn});
  CHECK(y.error() == tn::error_code::unsupported);
  CHECK(y.error().message() == "conv2d: algorithm cudnn: the program has loaded a cuDNN of another version than 9, or a part of it. Install cuDNN 9, or choose "
                               "another algorithm");
  CHECK(values(tn::conv2d(x, w)) == values(tn::conv2d(x, w, {.algorithm = conv_algorithm::im2col})));
  CHECK(host_cudnn_convolutions == 0);
  CHECK(host_cudnn_descriptors == 0);
}

TEST_CASE("every reason has a text of its own") {
  using namespace tn::kernels;
  const auto text = [](cudnn_reason r) { return std::string(cudnn_text({status_code::unsupported, static_cast<index_t>(r)})); };
  for (const auto r : {cudnn_reason::missing, cudnn_reason::version}) CHECK(text(r).find("Install cuDNN 9") != std::string::npos);
  for (const auto r : {cudnn_reason::size, cudnn_reason::no_algorithm, cudnn_reason::memory}) CHECK(text(r).find("hoose") != std::string::npos);
  for (const int s : {1001, 1004, 1008, 2000, 3000, 3005, 3007, 4000, 4003, 4004, 5000, 5003}) CHECK(cudnn_text({status_code::launch_failed, s}) != nullptr);
  CHECK(cudnn_text({}) == nullptr);
  CHECK(cudnn_text({status_code::launch_failed, 700}) == nullptr);               // CUDA's own
  CHECK(cudnn_text({status_code::unsupported, 0}) == nullptr);
}

}  // namespace tenon_test::convolutions_without_cudnn_test
