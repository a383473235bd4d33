#pragma once
// Catch2, 2.13 or 3: the macros, Approx and the generators under one include. Test files include this and nothing of Catch2.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/catch_tostring.hpp>
#include <catch2/generators/catch_generators_all.hpp>
using Catch::Approx;                   // 2.13 has it here, too
using Catch::Generators::from_range;
#else
#include <catch2/catch.hpp>
#endif
