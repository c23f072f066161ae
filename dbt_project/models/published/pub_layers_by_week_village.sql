with memberships as (
    select * from {{ ref('fct_layer_membership') }}
),

weeks as (
    select week_seq, week_end_date from {{ ref('dim_week') }} where week_seq > 0
),

pieces as (
    select
        town_code,
        village_code,
        urban_rural_code,
        layer_code,
        from_seq,
        to_seq,
        1 as person,
        case when is_primary then 1 else 0 end as primary_person
    from memberships
),

stocks as (
    {{ stock_by_week(
        'pieces',
        ['town_code', 'village_code', 'urban_rural_code', 'layer_code'],
        {'persons_count': 'person', 'primary_persons_count': 'primary_person'},
        'weeks'
    ) }}
),

final as (
    select
        week_end_date,
        town_code,
        village_code,
        urban_rural_code,
        layer_code,
        persons_count,
        primary_persons_count
    from stocks
)

select * from final
