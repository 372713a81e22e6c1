//! Merging one tree of values into another.

use crate::path::join;
use serde_json::{Map, Value};

/// Merges `over` into `base`: maps entry by entry, everything else whole. Nothing (`null`) leaves what
/// is there, so that a field may be named and left empty.
pub(crate) fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                match base.get_mut(name) {
                    Some(below) => merge(below, value),
                    None => {
                        base.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (_, Value::Null) => {}
        (base, over) => *base = over.clone(),
    }
}

/// Sets the value at `path` (`plant.link1.mass`, `disturbances.0.amplitude`), making the maps on
/// the way that are not there.
///
/// # Errors
/// The part of the path that leads into something that is no map, or beyond a list's end.
pub(crate) fn set(root: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let mut here = root;
    let mut walked = String::new();
    for name in path.split('.') {
        let parent = walked.clone();
        walked = join(&walked, name);
        if here.is_null() {
            *here = Value::Object(Map::new());
        }
        here = match here {
            Value::Object(map) => map.entry(name).or_insert(Value::Null),
            Value::Array(list) => {
                let length = list.len();
                name.parse::<usize>().ok().and_then(|index| list.get_mut(index)).ok_or_else(
                    || format!("{parent} is a list of {length}, so `{name}` is not in it"),
                )?
            }
            _ => return Err(format!("{parent} has no fields, so `{name}` is not in it")),
        };
    }
    *here = value;
    Ok(())
}
