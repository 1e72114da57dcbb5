#pragma once
#include "odoo.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace calluna::integration {

/// What a tab of the web client is to Odoo 19: a session of a user, and its WebSocket of the bus,
/// from which it hears all that is told after this object was made. Throws std::runtime_error if
/// the user cannot log in.
class odoo_tab {
 public:
  /// The lab's users have their login as password.
  odoo_tab(odoo const& server, std::string const& login);
  ~odoo_tab();
  odoo_tab(odoo_tab const&) = delete;
  odoo_tab& operator=(odoo_tab const&) = delete;

  /// The next toast ("simple_notification"), its payload; none if no such comes within `bound`.
  std::optional<nlohmann::json> next_toast(std::chrono::milliseconds bound);

 private:
  struct inside;
  std::unique_ptr<inside> inside_;
};

}  // namespace calluna::integration
