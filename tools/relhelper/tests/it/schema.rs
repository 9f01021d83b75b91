//! The part of JSON Schema 2020-12 that `docs/formats/*.schema.json` use. A keyword that is not
//! known here is an error, so that no rule of a schema is skipped.

use regex_lite::Regex;
use serde_json::Value;

/// Checks `value` against `schema`; the first thing that is wrong, with its place.
pub fn validate(schema: &Value, value: &Value) -> Result<(), String> {
    Validator { root: schema }.check(schema, value, "$")
}

struct Validator<'a> {
    root: &'a Value,
}

impl Validator<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (keyword, rule) in schema.as_object().ok_or("a schema is an object")? {
            let holds = match keyword.as_str() {
                "$schema" | "title" | "description" | "$defs" => true,
                "$ref" => {
                    let pointer = rule
                        .as_str()
                        .and_then(|rule| rule.strip_prefix('#'))
                        .ok_or("a local reference")?;
                    self.check(
                        self.root.pointer(pointer).ok_or("a reference to something")?,
                        value,
                        at,
                    )?;
                    true
                }
                "type" => match rule {
                    Value::Array(types) => types.iter().any(|name| is_of_type(value, name)),
                    name => is_of_type(value, name),
                },
                "const" => value == rule,
                "enum" => rule.as_array().is_some_and(|words| words.contains(value)),
                "pattern" => value.as_str().is_none_or(|text| matches(rule, text)),
                "maxLength" => {
                    value.as_str().is_none_or(|text| text.chars().count() as u64 <= number(rule))
                }
                "minimum" => value.as_u64().is_some_and(|found| found >= number(rule)),
                "maximum" => value.as_u64().is_some_and(|found| found <= number(rule)),
                "minItems" => {
                    value.as_array().is_none_or(|items| items.len() as u64 >= number(rule))
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{at}[{index}]"))?;
                    }
                    true
                }
                "required" => value.as_object().is_none_or(|object| {
                    rule.as_array()
                        .unwrap()
                        .iter()
                        .all(|key| object.contains_key(key.as_str().unwrap()))
                }),
                "properties" => {
                    for (key, rule) in rule.as_object().ok_or("properties are an object")? {
                        if let Some(inner) = value.get(key) {
                            self.check(rule, inner, &format!("{at}.{key}"))?;
                        }
                    }
                    true
                }
                "propertyNames" => {
                    for key in value.as_object().into_iter().flat_map(|object| object.keys()) {
                        self.check(rule, &Value::String(key.clone()), at)?;
                    }
                    true
                }
                "additionalProperties" => {
                    for (key, inner) in value.as_object().into_iter().flatten() {
                        if schema.get("properties").is_none_or(|known| known.get(key).is_none()) {
                            match rule {
                                Value::Bool(false) => {
                                    return Err(format!("{at}.{key} is not known"));
                                }
                                rule => self.check(rule, inner, &format!("{at}.{key}"))?,
                            }
                        }
                    }
                    true
                }
                other => {
                    return Err(format!(
                        "the schema has the keyword {other}, which is not known here"
                    ));
                }
            };
            if !holds {
                return Err(format!("{at} breaks {keyword} {rule}"));
            }
        }
        Ok(())
    }
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("the type {other} is not known here"),
    }
}

fn matches(pattern: &Value, text: &str) -> bool {
    Regex::new(pattern.as_str().unwrap()).unwrap().is_match(text)
}

fn number(rule: &Value) -> u64 {
    rule.as_u64().unwrap()
}
