#pragma once
// Reductions on the CPU: all kinds of kernels/reduction.hpp, and the loop that runs them.
//
//   reduction/fold.hpp      a run, or some rows of neighbouring columns, to one value
//   reduction/table.hpp     a reducer as a table of plain functions
//   reduction/sum.hpp, extremum.hpp, moments.hpp, logsumexp.hpp, norm.hpp      the reducers
//   reduction/gather.hpp    copies of what does not lie side by side
//   reduction/loop.hpp      units, strips and the tree of states, for any table
#include <tenon/kernels/cpu/reduction/extremum.hpp>
#include <tenon/kernels/cpu/reduction/logsumexp.hpp>
#include <tenon/kernels/cpu/reduction/loop.hpp>
#include <tenon/kernels/cpu/reduction/moments.hpp>
#include <tenon/kernels/cpu/reduction/norm.hpp>
#include <tenon/kernels/cpu/reduction/sum.hpp>
