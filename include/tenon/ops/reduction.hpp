#pragma once
// Reductions: many elements to one, over any set of dimensions.
//
//   sum(x)                             all elements: a tensor of rank 0
//   sum(x, 1), sum(x, {0, -1})         over those dimensions
//   sum(x, 1, {.keepdim = true})       which stay, with extent 1
//
//   reduction/sum.hpp         sum, mean, prod, count_nonzero        reduction/variance.hpp    var, std, var_mean, std_mean
//   reduction/extremum.hpp    amin, amax, aminmax                   reduction/norm.hpp        norm
//   reduction/logical.hpp     any, all                              reduction/logsumexp.hpp   logsumexp
//   arg_reduction.hpp         min, max, argmin, argmax
#include <tenon/ops/arg_reduction.hpp>
#include <tenon/ops/reduction/extremum.hpp>
#include <tenon/ops/reduction/logical.hpp>
#include <tenon/ops/reduction/logsumexp.hpp>
#include <tenon/ops/reduction/norm.hpp>
#include <tenon/ops/reduction/sum.hpp>
#include <tenon/ops/reduction/variance.hpp>
