#pragma once
#include <calluna/clock.hpp>
#include <calluna/erp/client.hpp>
#include <calluna/io/alarm.hpp>
#include <calluna/io/executor.hpp>

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace calluna::runtime::testing {

/// A business system of one case: models with records, in memory, that know what every Odoo model
/// can (search_read, search, search_count, read, create, write, unlink) and what the case has
/// taught it. It takes any model and any field. One thread.
class offline_erp final : public erp::system {
 public:
  offline_erp(io::executor on, std::shared_ptr<manual_clock> time);

  void submit(erp::call c, duration timeout, completion done) override;
  void search_read(std::string model, erp::query q, duration timeout, completion done) override;
  void read(std::string model, std::vector<erp::record_id> ids, std::vector<std::string> fields,
            duration timeout, completion done) override;
  void upsert(std::string model, std::string key, std::string values, duration timeout,
              id_completion done) override;
  void attach(erp::attachment a, duration timeout, id_completion done) override;
  void note(std::string model, erp::record_id id, std::string text, bool html, duration timeout,
            id_completion done) override;
  void fields(std::string model, duration timeout, completion done) override;
  void version(duration timeout, unique_function<void(result<erp::server_version>)> done) override;
  void rotate_key(std::string key, unique_function<void(result<void>)> done) override;
  erp::client_status status() const override;
  void stop() override {}

  /// For the case: makes a record and gives its id; all of a model, oldest first.
  erp::record_id put(std::string const& model, nlohmann::json values);
  nlohmann::json records(std::string const& model) const;
  /// `method` of `model` gives that from now on.
  void teach(std::string const& model, std::string const& method, nlohmann::json answer);
  /// Cannot be reached, until it can.
  bool down = false;
  /// How long an answer takes.
  std::chrono::milliseconds slowness{20};
  /// Told of each call, for the record.
  std::function<void(std::string const& what)> on_call;

 private:
  using table = std::map<erp::record_id, nlohmann::json>;

  /// Does `what` after as long as an answer takes, or fails as a connection would.
  template <class T>
  void answer(std::string const& what, duration timeout, std::function<result<T>()> act,
              unique_function<void(result<T>)> done);
  result<nlohmann::json> perform(erp::call const& c);
  result<std::vector<erp::record_id>> search(std::string const& model,
                                             nlohmann::json const& domain);
  nlohmann::json picked(std::string const& model, std::vector<erp::record_id> const& ids,
                        std::vector<std::string> const& fields) const;

  io::executor on_;
  std::shared_ptr<manual_clock> time_;
  std::map<std::string, table> models_;
  std::map<std::string, nlohmann::json> taught_;  ///< by "model.method"
  erp::record_id last_id_ = 0;
  std::vector<std::unique_ptr<io::alarm>> answers_;
};

/// Whether a record's values fit a domain of Odoo's: leaves of =, !=, <, <=, >, >=, in, not in,
/// like, ilike, and the prefix operators &, |, !. Errors: `invalid`, it is none.
result<bool> fits_domain(nlohmann::json const& domain, nlohmann::json const& values);

}  // namespace calluna::runtime::testing
