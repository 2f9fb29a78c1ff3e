/** Who looks at the page, and what they may see. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { MeAnswer } from '../shared/answers.js';
import type { Dimension, StreamName } from '../shared/model.js';
import { offeredDimensions } from '../shared/model.js';

export const Me = createContext<MeAnswer>({ name: null, rights: [] });

export const useRights = (): MeAnswer['rights'] => useContext(Me).rights;

/** The dimensions of a stream that the person may split by. */
export const useDimensions = (stream: StreamName): readonly Dimension[] => offeredDimensions(stream, useRights());
