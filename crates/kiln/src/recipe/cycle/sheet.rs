//! A sheet of pictures of both sets, of what is made of them, and of that translated back.

use kiln_core::Sheet;
use kiln_train::StateError;

use crate::recipe::painter::{Painter, paint_sheet};
use crate::recipe::{Examples, Origins};

/// In sixes: a picture of the first set, its translation and that translated back; then the same of a
/// picture of the second set, which does not belong to it.
pub(super) fn there_and_back(
    examples: &Examples,
    [forth, back]: [&dyn Painter; 2],
) -> Result<Sheet, StateError> {
    let targets = Origins::of_latents(examples.targets().values);
    let sides = [(examples.origins(), forth, back), (targets, back, forth)];
    let mut shown = Vec::new();
    for (origins, there, again) in sides {
        let made = paint_sheet(there, &origins)?;
        let cycled = paint_sheet(again, &Origins::of_latents(made.values.clone()))?;
        let columns = [origins.latents, made.values, cycled.values];
        shown.extend(columns.map(|values| (values, examples.channels)));
    }
    Ok(examples.strips(&shown))
}
