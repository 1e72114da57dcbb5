#pragma once
#include <calluna/bindings/app.hpp>
#include <calluna/http/client.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/runtime/config.hpp>
#include <calluna/runtime/threads.hpp>
#include <calluna/unique_function.hpp>

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <vector>

namespace calluna::runtime {

/// What all apps share: the directory, the users, the business systems; and the threads for what
/// blocks in them. On the IO thread.
class services {
 public:
  /// The configuration must outlive it.
  services(io::executor io, config const& settings, logger log);
  ~services();

  /// For each app's options.
  bindings::app_services const& shared() const noexcept { return shared_; }
  /// The runtime's own apps: the one that fills the directory, if there is one.
  std::vector<app_config> own_apps() const;
  /// "http_client", and "directory" and "odoo" as far as they are configured.
  void add_status(nlohmann::json& status) const;
  /// Reads the key file of [odoo.<name>] again and goes on with that key once the system has taken
  /// it; until then, and if it does not, with the present one.
  void rotate_key(std::string const& name, unique_function<void(result<void>)> done);
  /// Ends what is under way with business systems.
  void stop();

 private:
  void open_directory();

  config const& settings_;
  logger log_;
  // Before what works on them.
  std::unique_ptr<worker_pool> erp_threads_;
  std::unique_ptr<worker_pool> file_thread_;
  bindings::app_services shared_;
  std::shared_ptr<http::client> http_;
};

}  // namespace calluna::runtime
