#pragma once
#include <calluna/runtime/web/metrics.hpp>

#include <nlohmann/json_fwd.hpp>

namespace calluna::runtime {

/// The numbers of `status` (as supervisor::status gives it) for /metrics.
void write_metrics(nlohmann::json const& status, web::metrics_writer& out);

}  // namespace calluna::runtime
