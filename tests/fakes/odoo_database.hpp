#pragma once
#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace calluna::fakes {

/// What Odoo raises: the exception's name and its message.
struct odoo_exception : std::runtime_error {
  odoo_exception(std::string type, std::string const& message)
      : std::runtime_error(message), name(std::move(type)) {}
  std::string name;
};

/// A few models in memory with the methods of Odoo's BaseModel, as far as Calluna uses them. No
/// threads, no HTTP.
class odoo_database {
 public:
  using json = nlohmann::json;
  using record_id = std::int64_t;

  odoo_database();

  /// Runs `model.method`; arguments by Odoo's names ("domain", "vals_list", "ids", ...).
  json run(std::string const& model, std::string const& method, json const& arguments);
  /// Makes a record with `values`; returns its id.
  record_id add(std::string const& model, json const& values);
  /// All of a model, the archived ones too.
  std::vector<json> records(std::string const& model) const;
  /// Takes a record away as if it had never been.
  void forget(std::string const& model, record_id id);

  /// Another name for a field, as in another version.
  void rename_field(std::string const& model, std::string const& from, std::string const& to);

  /// The fields of each model. `res.partner` has no `mobile`, as in Odoo 19.
  std::map<std::string, std::set<std::string>> fields;
  /// "model.field": two records may not have the same value.
  std::set<std::string> unique;
  /// "model.method": the user lacks the right.
  std::set<std::string> forbidden;
  /// The same for the next call only.
  std::set<std::string> forbidden_once;
  /// The groups (res.groups) that the user is in.
  std::set<record_id> groups;
  /// The context of each server action that ran. Its code is not run.
  std::vector<json> ran;
  /// Moved on a second by each create and write; what write_date is made of.
  std::int64_t now = 1'780'000'000;

 private:
  using table = std::map<record_id, json>;
  table& of(std::string const& model);
  json create(std::string const& model, json const& values);
  void check(std::string const& model, json const& values, record_id self);
  std::vector<record_id> search(std::string const& model, json const& arguments);
  json read(std::string const& model, std::vector<record_id> const& ids, json const& wanted);
  bool matches(std::string const& model, json const& record, json const& domain) const;
  bool leaf_holds(std::string const& model, json const& record, json const& leaf) const;
  bool may_run(json const& action) const;
  json bindings(std::string const& model) const;
  void run_action(json const& action, json const& context);
  json shown(std::string const& field, json const& value) const;
  std::string timestamp();

  std::map<std::string, table> tables_;
  record_id last_ = 0;
};

}  // namespace calluna::fakes
