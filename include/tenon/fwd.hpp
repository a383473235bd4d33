#pragma once
// Declarations for interfaces that only name Tenon's types.
#include <tenon/core/build.hpp>

namespace tenon::inline v0 {

enum class dtype : std::uint8_t;
enum class device : std::uint8_t;
enum class error_code : std::uint8_t;
struct half;
struct bfloat16;
class error;
class shape;
class any_tensor;
class generator;
template <class T>
class result;
template <class Node>
class expression;

}  // namespace tenon::inline v0
