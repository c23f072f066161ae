-- A person's layers change a few times in two years; a row a week would say the same thing a hundred times. So time is cut
-- where something about the person changes, and each piece lists the layers that hold over it.
with spells as (
    select * from {{ ref('int_category_spells__recorded') }}
),

entitlements as (
    select * from {{ ref('int_entitlements__recorded') }}
),

persons as (
    select * from {{ ref('int_persons__unified') }}
),

matched as (
    select * from {{ ref('int_households__matched') }}
),

areas as (
    select * from {{ ref('int_areas__resolved') }}
),

categories as (
    select * from {{ ref('category') }}
),

bounds as (
    select
        min(week_end_date) as week_0_end,
        max(week_seq) as last_seq
    from {{ ref('int_weeks__numbered') }}
),

memberships as (
    select
        spells.person_key,
        spells.category_code,
        spells.layer_code,
        spells.layer_rank,
        spells.start_date,
        spells.household_id_civil_affairs,
        case when spells.category_code in ('DB1', 'TK', 'OR', 'DF') then spells.person_key else '' end as entitled_person_key,
        coalesce(
            spells.household_id_civil_affairs,
            matched.household_id_civil_affairs,
            'F15-' || spells.household_id_agriculture
        ) as household_key,
        -- A child listed with its household's date is counted from birth.
        {{ week_of('greatest(spells.start_date, coalesce(persons.birth_date, spells.start_date))', 'bounds.week_0_end', 'bounds.last_seq') }}
            as from_seq,
        {{ week_of('least(spells.end_date, persons.left_date)', 'bounds.week_0_end', 'bounds.last_seq') }} as to_seq
    from spells
    inner join persons on spells.person_key = persons.person_key
    left join matched on spells.household_id_agriculture = matched.household_id_agriculture
    cross join bounds
),

held as (
    select * from memberships where from_seq < to_seq
),

located as (
    select
        *,
        row_number() over history = 1
        or area_code is distinct from lag(area_code) over history
        or urban_rural_code is distinct from lag(urban_rural_code) over history as is_move
    from entitlements
    window history as (
        partition by household_id_civil_affairs, category_code, entitled_person_key order by delivery_order
    )
),

places as (
    select
        located.household_id_civil_affairs,
        located.category_code,
        located.entitled_person_key,
        located.area_code,
        located.urban_rural_code,
        {{ week_of('located.valid_from', 'bounds.week_0_end', 'bounds.last_seq') }} as from_seq,
        coalesce(
            lead({{ week_of('located.valid_from', 'bounds.week_0_end', 'bounds.last_seq') }}) over (
                partition by located.household_id_civil_affairs, located.category_code, located.entitled_person_key
                order by located.delivery_order
            ),
            bounds.last_seq + 2
        ) as to_seq
    from located
    cross join bounds
    where located.is_move
),

held_places as (
    select
        held.person_key,
        held.category_code,
        held.start_date,
        held.household_id_civil_affairs,
        places.area_code,
        places.urban_rural_code,
        greatest(held.from_seq, places.from_seq) as from_seq,
        least(held.to_seq, places.to_seq) as to_seq
    from held
    inner join places
        on held.household_id_civil_affairs = places.household_id_civil_affairs
        and held.category_code = places.category_code
        and held.entitled_person_key = places.entitled_person_key
        and held.from_seq < places.to_seq
        and places.from_seq < held.to_seq
),

cuts as (
    select person_key, from_seq as seq from held
    union
    select person_key, to_seq from held
    union
    select person_key, from_seq from held_places
),

pieces as (
    select
        person_key,
        seq as from_seq,
        lead(seq) over (partition by person_key order by seq) as to_seq
    from cuts
),

-- Orphans and de facto unsupported children stand in the last layer only where they are in no other (ruling R14).
layered as (
    select
        pieces.person_key,
        pieces.from_seq,
        pieces.to_seq,
        held.layer_code,
        held.layer_rank,
        held.household_key,
        held.category_code not in ('OR', 'DF')
        or max(case when held.category_code in ('OR', 'DF') then 0 else 1 end) over (
            partition by pieces.person_key, pieces.from_seq
        ) = 0 as is_counted,
        row_number() over (
            partition by pieces.person_key, pieces.from_seq, held.layer_code
            order by held.start_date desc, held.household_key, held.category_code
        ) as layer_turn
    from pieces
    inner join held
        on pieces.person_key = held.person_key
        and held.from_seq <= pieces.from_seq
        and pieces.from_seq < held.to_seq
),

counted as (
    select
        *,
        row_number() over (partition by person_key, from_seq order by layer_rank) = 1 as is_primary
    from layered
    where is_counted and layer_turn = 1
),

-- The register's area while the person is listed there, by the most severe category; else the police register's (R23).
listed as (
    select
        pieces.person_key,
        pieces.from_seq,
        held_places.area_code,
        held_places.urban_rural_code
    from pieces
    inner join held_places
        on pieces.person_key = held_places.person_key
        and held_places.from_seq <= pieces.from_seq
        and pieces.from_seq < held_places.to_seq
    inner join categories on held_places.category_code = categories.category_code
    qualify row_number() over (
        partition by pieces.person_key, pieces.from_seq
        order by categories.rank, held_places.start_date desc, held_places.household_id_civil_affairs, held_places.category_code
    ) = 1
),

final as (
    select
        counted.person_key,
        counted.from_seq,
        counted.to_seq,
        counted.layer_code,
        counted.household_key,
        coalesce(areas.town_code, '') as town_code,
        coalesce(areas.village_code, '') as village_code,
        coalesce(listed.urban_rural_code, persons.urban_rural_code, '') as urban_rural_code,
        counted.is_primary
    from counted
    inner join persons on counted.person_key = persons.person_key
    left join listed on counted.person_key = listed.person_key and counted.from_seq = listed.from_seq
    left join areas on areas.area_code = coalesce(listed.area_code, persons.area_code)
)

select * from final
