#pragma once
#include <calluna/erp/call.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <unordered_set>
#include <vector>

namespace calluna::erp {

/// Several `read`s of one model and the same fields as one. Pure.
class read_batch {
 public:
  /// Ids in one request at most, unless a single read wants more.
  static constexpr std::size_t max_ids = 1000;

  /// Takes one more read; false (and unchanged) if the request would grow too large.
  bool add(std::vector<record_id> const& ids);
  std::size_t reads() const noexcept { return parts_.size(); }
  /// Every id once, in the order they were first wanted.
  std::vector<record_id> const& ids() const noexcept { return all_; }
  /// What each read gets of the answer (a list of records), in the order of its own ids; those that
  /// are not in the answer are left out, as the server does.
  std::vector<nlohmann::json> split(nlohmann::json const& records) const;

 private:
  std::vector<std::vector<record_id>> parts_;
  std::vector<record_id> all_;
  std::unordered_set<record_id> seen_;
};

}  // namespace calluna::erp
