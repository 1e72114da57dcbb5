#pragma once
#include <calluna/bindings/app.hpp>
#include <calluna/calls/call_model.hpp>
#include <calluna/runtime/config.hpp>

namespace calluna::runtime {

/// What the configuration says about calls: which endpoints lead to the world outside, and how
/// numbers are read. `settings` must outlive it.
calls::call_model_options call_knowledge(config const& settings,
                                         bindings::app_services const& shared);

}  // namespace calluna::runtime
