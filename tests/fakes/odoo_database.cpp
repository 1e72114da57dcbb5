#include "odoo_database.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ctime>

namespace calluna::fakes {

using json = nlohmann::json;

namespace {

// Fields that hold the id of a record of another model.
std::map<std::string, std::string> const many2one{
    {"parent_id", "res.partner"},  {"commercial_partner_id", "res.partner"},
    {"partner_id", "res.partner"}, {"user_id", "res.users"},
    {"country_id", "res.country"}, {"subtype_id", "mail.message.subtype"}};

std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string text_of(json const& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool is_false(json const& value) {
  return value.is_null() || value == false || value == "";
}

bool same(json const& a, json const& b) {
  return is_false(a) ? is_false(b) : a == b;
}

std::vector<odoo_database::record_id> ids_in(json const& arguments) {
  auto const ids = arguments.value("ids", json::array());
  if (ids.is_number_integer()) return {ids.get<odoo_database::record_id>()};
  return ids.get<std::vector<odoo_database::record_id>>();
}

}  // namespace

odoo_database::odoo_database() {
  fields = {
      {"res.partner",
       {"id", "name", "display_name", "is_company", "parent_id", "commercial_partner_id",
        "commercial_company_name", "category_id", "phone", "phone_sanitized", "country_id",
        "user_id", "lang", "active", "ref", "email", "comment", "write_date"}},
      {"res.partner.category", {"id", "name", "display_name", "write_date"}},
      {"res.country", {"id", "name", "code", "display_name", "write_date"}},
      {"res.users",
       {"id", "name", "login", "email", "lang", "partner_id", "share", "phone", "active",
        "display_name", "write_date"}},
      {"res.users.apikeys",
       {"id", "name", "user_id", "create_date", "expiration_date", "write_date"}},
      {"crm.lead",
       {"id", "name", "display_name", "partner_id", "phone", "description", "user_id", "active",
        "type", "write_date"}},
      {"crm.tag", {"id", "name", "display_name", "color", "write_date"}},
      {"phone.call",
       {"id", "linkedid", "direction", "status", "partner_id", "display_name", "write_date"}},
      {"ir.attachment",
       {"id", "name", "datas", "res_model", "res_id", "mimetype", "display_name", "write_date"}},
      {"mail.message",
       {"id", "message_id", "model", "res_id", "body", "message_type", "subtype_id", "display_name",
        "write_date"}},
      {"mail.message.subtype", {"id", "name", "internal", "res_model", "write_date"}},
      {"ir.model", {"id", "model", "name", "display_name", "write_date"}},
      {"ir.model.data", {"id", "module", "name", "model", "res_id", "write_date"}},
      {"res.groups", {"id", "name", "user_ids", "write_date"}},
      {"ir.actions.actions", {"id", "name", "write_date"}},
      {"ir.actions.server",
       {"id", "name", "model_id", "state", "code", "group_ids", "binding_model_id", "binding_type",
        "binding_view_types", "write_date"}}};
  unique = {"crm.tag.name"};
  forbidden = {"crm.lead.unlink"};
  add("mail.message.subtype", {{"name", "Note"}, {"internal", true}});
  add("res.country", {{"name", "Germany"}, {"code", "DE"}});
  add("res.country", {{"name", "United States"}, {"code", "US"}});
  add("ir.model", {{"name", "User"}, {"model", "res.users"}});
}

odoo_database::table& odoo_database::of(std::string const& model) {
  if (fields.count(model) == 0)
    throw odoo_exception("werkzeug.exceptions.NotFound",
                         fmt::format("the model '{}' does not exist", model));
  return tables_[model];
}

odoo_database::record_id odoo_database::add(std::string const& model, json const& values) {
  return create(model, json::array({values}))[0].get<record_id>();
}

std::vector<json> odoo_database::records(std::string const& model) const {
  std::vector<json> list;
  auto const found = tables_.find(model);
  if (found == tables_.end()) return list;
  for (auto const& [id, record] : found->second) list.push_back(record);
  return list;
}

void odoo_database::forget(std::string const& model, record_id id) {
  of(model).erase(id);
}

std::string odoo_database::timestamp() {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(++now)));
}

void odoo_database::check(std::string const& model, json const& values, record_id self) {
  for (auto const& [field, value] : values.items()) {
    if (fields[model].count(field) == 0)
      throw odoo_exception("builtins.ValueError",
                           fmt::format("Invalid field '{}' in '{}'", field, model));
    if (unique.count(model + "." + field) == 0) continue;
    for (auto const& [id, record] : of(model))
      if (id != self && record.value(field, json()) == value)
        throw odoo_exception("odoo.exceptions.ValidationError",
                             "The operation cannot be completed: it must be unique!");
  }
}

json odoo_database::create(std::string const& model, json const& values) {
  auto ids = json::array();
  for (auto const& one : values) {
    check(model, one, 0);
    if (model == "crm.lead" && is_false(one.value("name", json())))
      throw odoo_exception("odoo.exceptions.ValidationError",
                           "The operation cannot be completed: Missing required field name");
    auto record = one;
    auto const id = ++last_;
    record["id"] = id;
    record["write_date"] = timestamp();
    if (!record.contains("active")) record["active"] = true;
    of(model)[id] = std::move(record);
    ids.push_back(id);
  }
  return ids;
}

bool odoo_database::leaf_holds(std::string const& model, json const& record,
                               json const& leaf) const {
  auto const field = leaf.at(0).get<std::string>();
  auto const op = leaf.at(1).get<std::string>();
  auto const& wanted = leaf.at(2);
  if (fields.at(model).count(field) == 0)
    throw odoo_exception("builtins.ValueError",
                         fmt::format("Invalid field {}.{} in condition", model, field));
  auto const value = record.value(field, json(false));
  if (op == "=") return same(value, wanted);
  if (op == "!=") return !same(value, wanted);
  if (op == "in" || op == "not in") {
    bool const in = std::any_of(wanted.begin(), wanted.end(),
                                [&](auto const& one) { return same(value, one); });
    return in == (op == "in");
  }
  if (op == "like" || op == "ilike")
    return !is_false(value) &&
           lower(text_of(value)).find(lower(text_of(wanted))) != std::string::npos;
  if (is_false(value)) return false;
  if (op == ">") return value > wanted;
  if (op == ">=") return value >= wanted;
  if (op == "<") return value < wanted;
  if (op == "<=") return value <= wanted;
  throw odoo_exception("builtins.ValueError", "Invalid operator " + op);
}

// Prefix notation: read from the end with a stack; what is left is joined by "and".
bool odoo_database::matches(std::string const& model, json const& record,
                            json const& domain) const {
  if (!domain.is_array())
    throw odoo_exception("builtins.TypeError", "Domain argument must be a list");
  std::vector<bool> stack;
  for (auto item = domain.rbegin(); item != domain.rend(); ++item) {
    if (item->is_array()) {
      stack.push_back(leaf_holds(model, record, *item));
      continue;
    }
    bool const first = stack.back();
    stack.pop_back();
    if (*item == "!") {
      stack.push_back(!first);
      continue;
    }
    bool const second = stack.back();
    stack.back() = *item == "|" ? first || second : first && second;
  }
  return std::all_of(stack.begin(), stack.end(), [](bool one) { return one; });
}

std::vector<odoo_database::record_id> odoo_database::search(std::string const& model,
                                                            json const& arguments) {
  auto const context = arguments.value("context", json::object());
  auto const domain = arguments.value("domain", json::array());
  auto const names_active = domain.dump().find("\"active\"") != std::string::npos;
  bool const archived_too = !context.value("active_test", true) || names_active;
  std::vector<record_id> found;
  for (auto const& [id, record] : of(model))
    if ((archived_too || record.value("active", true)) && matches(model, record, domain))
      found.push_back(id);
  if (arguments.value("order", "").rfind("write_date desc", 0) == 0)
    std::sort(found.begin(), found.end(), [&](auto a, auto b) {
      return of(model)[a]["write_date"] > of(model)[b]["write_date"];
    });
  auto const offset = std::min<std::size_t>(arguments.value("offset", 0U), found.size());
  found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(offset));
  if (auto const limit = arguments.value("limit", json());
      limit.is_number() && limit.get<std::size_t>() > 0 && limit.get<std::size_t>() < found.size())
    found.resize(limit.get<std::size_t>());
  return found;
}

json odoo_database::shown(std::string const& field, json const& value) const {
  auto const other = many2one.find(field);
  if (other == many2one.end() || !value.is_number()) return value.is_null() ? json(false) : value;
  auto const id = value.get<record_id>();
  auto const target = tables_.find(other->second);
  auto const name = target != tables_.end() && target->second.count(id) != 0
                        ? target->second.at(id).value("name", "")
                        : std::string();
  return json::array({id, name});
}

json odoo_database::read(std::string const& model, std::vector<record_id> const& ids,
                         json const& wanted) {
  auto list = json::array();
  for (auto const& field : wanted)
    if (fields.at(model).count(field.get<std::string>()) == 0)
      throw odoo_exception("builtins.ValueError",
                           fmt::format("Invalid field '{}' on '{}'", text_of(field), model));
  for (auto const id : ids) {
    auto const found = of(model).find(id);
    if (found == of(model).end()) continue;
    json record{{"id", id}};
    for (auto const& field : wanted) {
      auto const name = field.get<std::string>();
      record[name] = name == "display_name" ? found->second.value("name", json(false))
                                            : shown(name, found->second.value(name, json(false)));
    }
    list.push_back(std::move(record));
  }
  return list;
}

json odoo_database::run(std::string const& model, std::string const& method,
                        json const& arguments) {
  auto& all = of(model);
  if (auto const name = model + "." + method;
      forbidden.count(name) + forbidden_once.erase(name) != 0)
    throw odoo_exception(
        "odoo.exceptions.AccessError",
        fmt::format("You are not allowed to {} '{}' records.\n\nContact your administrator", method,
                    model));
  if (method == "context_get") return {{"lang", "en_US"}, {"tz", false}, {"uid", 8}};
  if (method == "search") return search(model, arguments);
  if (method == "search_count") return search(model, arguments).size();
  if (method == "search_read")
    return read(model, search(model, arguments), arguments.value("fields", json::array()));
  if (method == "read")
    return read(model, ids_in(arguments), arguments.value("fields", json::array()));
  if (method == "fields_get") {
    auto description = json::object();
    for (auto const& name : fields[model]) description[name] = {{"type", "char"}, {"string", name}};
    return description;
  }
  if (method == "create") {
    auto const values = arguments.value("vals_list", json());
    return create(model, values.is_array() ? values : json::array({values}));
  }
  if (method == "get_bindings") return bindings(arguments.value("model_name", ""));
  auto const ids = ids_in(arguments);
  if (method == "unlink") {
    for (auto const id : ids) all.erase(id);
    return true;
  }
  for (auto const id : ids)
    if (all.count(id) == 0)
      throw odoo_exception(
          "odoo.exceptions.MissingError",
          fmt::format("Record does not exist or has been deleted.\n({}: {})", model, id));
  if (method == "write") {
    auto const values = arguments.value("vals", json::object());
    for (auto const id : ids) {
      check(model, values, id);
      all[id].update(values);
      all[id]["write_date"] = timestamp();
    }
    return true;
  }
  if (method == "message_post")
    return json::array(
        {add("mail.message",
             {{"model", model}, {"res_id", ids.at(0)}, {"body", arguments.value("body", "")}})});
  if (model == "ir.actions.server" && method == "run") {
    for (auto const id : ids) run_action(all.at(id), arguments.value("context", json::object()));
    return false;
  }
  throw odoo_exception("werkzeug.exceptions.NotFound",
                       fmt::format("The method '{}.{}' does not exist", model, method));
}

}  // namespace calluna::fakes
