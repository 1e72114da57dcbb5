// Server actions: who may run them, which are bound to a model, what they were run with.
#include "odoo_database.hpp"

#include <algorithm>

namespace calluna::fakes {

using json = nlohmann::json;

void odoo_database::rename_field(std::string const& model, std::string const& from,
                                 std::string const& to) {
  fields[model].erase(from);
  fields[model].insert(to);
}

// Its groups are held as they were written: [[6, 0, ids]].
bool odoo_database::may_run(json const& action) const {
  auto const written = action.value("group_ids", action.value("groups_id", json::array()));
  if (written.empty()) return true;
  auto const wanted = written.at(0).at(2).get<std::vector<record_id>>();
  return std::any_of(wanted.begin(), wanted.end(), [&](auto id) { return groups.count(id) != 0; });
}

json odoo_database::bindings(std::string const& model) const {
  auto list = json::array();
  auto const models = records("ir.model");
  for (auto const& action : records("ir.actions.server"))
    for (auto const& one : models)
      if (one["model"] == model && one["id"] == action.value("binding_model_id", json()) &&
          may_run(action))
        list.push_back({{"id", action["id"]},
                        {"name", action["name"]},
                        {"binding_view_types", action.value("binding_view_types", "list,form")}});
  return list.empty() ? json::object() : json{{"action", list}};
}

void odoo_database::run_action(json const& action, json const& context) {
  if (!may_run(action))
    throw odoo_exception("odoo.exceptions.AccessError",
                         "You don't have enough access rights to run this action.");
  auto const user = context.value("calluna_toast", json::object()).value("user", record_id{0});
  if (of("res.users").count(user) == 0)
    throw odoo_exception("odoo.exceptions.MissingError",
                         "Record does not exist or has been deleted.\n(Record: res.users)");
  ran.push_back(context);
}

}  // namespace calluna::fakes
